"""The table of docs/faults.md, from the kinds: ``python -m tests.faults.page`` writes it anew."""

from pathlib import Path

from tradewind.protocol.faults import EFFECTS, FLAWS, Kind

PAGE = Path(__file__).resolve().parents[2] / "docs" / "faults.md"
BEGIN, END = "<!-- kinds -->\n", "<!-- end of kinds -->\n"


def table() -> str:
    """Every kind in one row."""
    rows = ["| kind | what the program meets | what is true | `--value` |", "|---|---|---|---|"]
    for kind, effect in EFFECTS.items():
        value = f"{effect.value} ({effect.default})" if effect.value else ""
        if kind is Kind.CERTIFICATE:
            value = f"`--flaw` {', '.join(FLAWS)}"
        rows.append(f"| `{kind.value}` | {effect.does} | {effect.truth} | {value} |")
    return "\n".join(rows) + "\n"


def written(page: str) -> str:
    """The page with its table as it must be."""
    head, _, rest = page.partition(BEGIN)
    _, _, tail = rest.partition(END)
    return f"{head}{BEGIN}{table()}{END}{tail}"


if __name__ == "__main__":
    PAGE.write_text(written(PAGE.read_text()))
