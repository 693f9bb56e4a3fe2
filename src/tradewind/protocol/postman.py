"""A venue's operations as a Postman collection (format 2.1), with tests that a right answer passes.

    venues/X/postman: Step, Step, ... -> collection(...) -> JSON for Postman and newman

Each request's tests look at the status, at the shape of the answer (from the operation's response
type), and at what the step says must be true of it. What an answer taught is kept in collection
variables, so that later requests can ask about it.
"""

import json
from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import quote

import msgspec
from msgspec import Struct
from msgspec import inspect as shapes

from .operations import Operation, Rest, Table

FORMAT = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"
SIGNATURE = "{{signature}}"
"""The value of the parameter that a collection's ``prerequest`` script fills in."""


class Step(Struct, frozen=True):
    """One request and what must be true of its answer.

    ``parameters`` are sent in the query as they stand, ``{{name}}`` being a variable. ``tests`` are
    pairs of a sentence and a JavaScript expression over ``answer``, ``v(name)`` (a variable) and
    ``number(text)``; ``keeps`` are variables and the expressions that give them. ``code`` is the
    error that must come back, ``shape`` the type of the answer where it is not the operation's.
    """

    operation: str
    title: str
    parameters: tuple[tuple[str, str], ...] = ()
    tests: tuple[tuple[str, str], ...] = ()
    keeps: tuple[tuple[str, str], ...] = ()
    status: int = 200
    code: int = 0
    shape: Any = None
    signed: bool = True
    key: bool = True


class Folder(Struct, frozen=True):
    """Steps that belong together, in the order in which they are played."""

    name: str
    text: str
    steps: tuple[Step, ...]


class Signing(Struct, frozen=True):
    """How a venue's requests are signed: the script before each request, the header of the key and
    the parameters that signed requests end with.
    """

    prerequest: str
    header: str
    parameters: tuple[tuple[str, str], ...]
    error: str
    """The JavaScript expression of an answer's error code."""


def collection(
    name: str, text: str, table: Table, folders: Iterable[Folder], signing: Signing
) -> dict[str, Any]:
    """The collection as JSON values. Raises KeyError for an operation that is not in the table."""
    return {
        "info": {"name": name, "description": text, "schema": FORMAT},
        "item": [_folder(folder, table, signing) for folder in folders],
        "event": [_event("prerequest", signing.prerequest)],
    }


def environment(name: str, values: Sequence[tuple[str, str, bool]]) -> dict[str, Any]:
    """An environment as JSON values: name, value, and whether it is a secret."""
    return {
        "name": name,
        "values": [
            {"key": key, "value": value, "type": "secret" if secret else "default", "enabled": True}
            for key, value, secret in values
        ],
        "_postman_variable_scope": "environment",
    }


def _folder(folder: Folder, table: Table, signing: Signing) -> dict[str, Any]:
    items = [_item(step, table.by_name[step.operation], signing) for step in folder.steps]
    return {"name": folder.name, "description": folder.text, "item": items}


def _item(step: Step, operation: Operation, signing: Signing) -> dict[str, Any]:
    door = next(door for door in operation.doors if isinstance(door, Rest))
    parameters = list(step.parameters)
    if operation.signed and step.signed:
        given = {name for name, _ in parameters}
        parameters += [each for each in signing.parameters if each[0] not in given]
    keyed = operation.permission is not None and step.key
    return {
        "name": step.title,
        "event": [_event("test", script(step, operation, signing.error))],
        "request": {
            "method": door.method,
            "header": [{"key": signing.header, "value": "{{api_key}}"}] if keyed else [],
            "url": _url(door.path, parameters),
            "description": _description(operation),
        },
        "response": [],
    }


def _url(path: str, parameters: Sequence[tuple[str, str]]) -> dict[str, Any]:
    written = [(name, encoded(value)) for name, value in parameters]
    query = "&".join(f"{name}={value}" for name, value in written)
    return {
        "raw": f"{{{{url}}}}{path}" + (f"?{query}" if query else ""),
        "host": ["{{url}}"],
        "path": path.strip("/").split("/"),
        "query": [{"key": name, "value": value} for name, value in written],
    }


def encoded(value: str) -> str:
    """Percent-encoded, variables left alone."""
    parts = value.split("{{")
    found = quote(parts[0], safe="")
    for part in parts[1:]:
        name, _, rest = part.partition("}}")
        found += f"{{{{{name}}}}}{quote(rest, safe='')}"
    return found


def _description(operation: Operation) -> str:
    source = f"{operation.source.page}, {operation.source.read}" if operation.source else ""
    needs = f"needs permission {operation.permission.value}" if operation.permission else "public"
    return f"{operation.name}: {needs}, weight {operation.weight}. {source}".strip()


def _event(listen: str, text: str) -> dict[str, Any]:
    return {"listen": listen, "script": {"type": "text/javascript", "exec": text.splitlines()}}


# what is tested

_BEGIN = """\
const text = pm.response.text();
const answer = text && text[0] !== '<' ? JSON.parse(text) : null;
const v = (name) => pm.collectionVariables.get(name);
const number = (text) => Number(text);
pm.test('status %d', () => pm.response.to.have.status(%d));
"""

_WRONG = """\
function wrong(shape, value, path) {
  if (shape === 'any') return '';
  if (typeof shape === 'string') {
    const kind = value === null ? 'null' : typeof value;
    return kind === shape ? '' : `${path} is ${kind}, not ${shape}`;
  }
  if (shape.either) {
    const all = shape.either.map((each) => wrong(each, value, path));
    return all.includes('') ? '' : all[0];
  }
  if (shape.list || shape.tuple) {
    if (!Array.isArray(value)) return `${path} is no list`;
    if (shape.tuple && shape.tuple.length !== value.length) return `${path} has another length`;
    const at = (i) => (shape.tuple ? shape.tuple[i] : shape.list);
    return value.map((each, i) => wrong(at(i), each, `${path}[${i}]`)).find((w) => w) || '';
  }
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    return `${path} is no object`;
  }
  if (shape.map) {
    return Object.keys(value).map((k) => wrong(shape.map, value[k], `${path}.${k}`))
      .find((w) => w) || '';
  }
  const missing = Object.keys(shape.object).find((key) => !(key in value));
  if (missing) return `${path}.${missing} is missing`;
  const known = { ...shape.object, ...shape.maybe };
  return Object.keys(value).filter((key) => key in known)
    .map((key) => wrong(known[key], value[key], `${path}.${key}`)).find((w) => w) || '';
}
"""


def script(step: Step, operation: Operation, error: str) -> str:
    """The tests of one request."""
    text = _BEGIN % (step.status, step.status)
    if step.code:
        text += f"pm.test('error {step.code}', () => pm.expect({error}).to.equal({step.code}));\n"
    elif step.status == 200:
        shape = json.dumps(shape_of(step.shape or operation.response), separators=(",", ":"))
        text += f"{_WRONG}const shape = {shape};\n"
        text += "pm.test('shape', () => pm.expect(wrong(shape, answer, 'answer')).to.equal(''));\n"
    for sentence, condition in step.tests:
        text += f"pm.test({json.dumps(sentence)}, () => pm.expect({condition}).to.equal(true));\n"
    for name, value in step.keeps:
        text += f"pm.collectionVariables.set({json.dumps(name)}, {value});\n"
    return text


def shape_of(kind: Any) -> Any:
    """A type as the tests check it: ``{"object": {...}, "maybe": {...}}``, ``{"list": ...}``,
    ``{"tuple": [...]}``, ``{"map": ...}``, ``{"either": [...]}``, or the name of a JSON type.
    """
    return _shape(shapes.type_info(kind))


def _shape(kind: shapes.Type) -> Any:
    match kind:
        case shapes.StructType():
            return _object(kind)
        case shapes.ListType(item_type=item) | shapes.VarTupleType(item_type=item):
            return {"list": _shape(item)}
        case shapes.TupleType(item_types=items):
            return {"tuple": [_shape(item) for item in items]}
        case shapes.DictType(value_type=value):
            return {"map": _shape(value)}
        case shapes.UnionType(types=kinds):
            return {"either": [_shape(each) for each in kinds]}
        case shapes.StrType() | shapes.EnumType() | shapes.LiteralType():
            return "string"
        case shapes.IntType() | shapes.FloatType():
            return "number"
        case shapes.BoolType():
            return "boolean"
        case shapes.NoneType():
            return "null"
    return "any"


def _object(kind: shapes.StructType) -> dict[str, Any]:
    always: dict[str, Any] = {}
    maybe: dict[str, Any] = {}
    if kind.tag_field is not None:
        always[kind.tag_field] = "string"
    for each in kind.fields:
        told = each.required or each.default is not msgspec.NODEFAULT
        (always if told else maybe)[each.encode_name] = _shape(each.type)
    found: dict[str, Any] = {"object": always}
    if maybe:
        found["maybe"] = maybe
    return found
