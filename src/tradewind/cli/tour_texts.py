"""What the tour's frame says, by language. The steps' own texts stand with their venue."""

from collections.abc import Mapping

LANGUAGES = ("en", "zh")

TEXTS: Mapping[str, Mapping[str, str]] = {
    "request": {"en": "Request", "zh": "请求"},
    "headers": {"en": "headers", "zh": "请求头"},
    "parameters": {"en": "parameters", "zh": "参数"},
    "body": {"en": "body", "zh": "请求体"},
    "no_body": {"en": "none: everything is in the query", "zh": "无：参数都在查询串里"},
    "answer": {"en": "Answer", "zh": "响应"},
    "empty": {"en": "an empty list", "zh": "空列表"},
    "empty_object": {"en": "{{}} (nothing to add)", "zh": "{{}}（没有更多内容）"},
    "more": {"en": "... and {count} more", "zh": "……还有 {count} 行"},
    "fine": {"en": "as told", "zh": "与说明一致"},
    "wrong": {"en": "NOT as told: {problem}", "zh": "与说明不符：{problem}"},
    "intro": {
        "en": "{count} requests, sent by Tradewind's own client to the box at {url}.",
        "zh": "共 {count} 个请求，由 Tradewind 客户端发往本机的模拟交易所 {url}。",
    },
    "end": {
        "en": "The whole walk went as told: {count} steps in {ms:.0f} ms.",
        "zh": "全部步骤与说明一致：{count} 步，共 {ms:.0f} 毫秒。",
    },
    "failed": {
        "en": "{count} of {total} steps did not go as told.",
        "zh": "{total} 步中有 {count} 步与说明不符。",
    },
}


def say(name: str, language: str, **values: object) -> str:
    """A text in a language, filled."""
    return TEXTS[name][language].format(**values)
