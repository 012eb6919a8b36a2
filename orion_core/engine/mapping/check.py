"""Is a mapping sound? Every rule against the schema, the transforms and the other rules."""

from __future__ import annotations

from orion_core.engine.mapping.path import EACH, is_plain, parse
from orion_core.engine.mapping.reader import spec_of
from orion_core.engine.mapping.rule import Mapping, Rule, suggest
from orion_core.engine.mapping.transforms import TRANSFORMS, check_args
from orion_core.engine.schema import MODELS, UnifiedBase, fields_of

_WITHOUT_FIELD = ("constant", "join", "template", "join_name")


def check(mapping: Mapping) -> dict[str, str]:
    """Place in the mapping (`rules[3].transform`) → what is wrong and what is allowed; empty when it is sound."""
    if mapping.model not in MODELS:
        return {"model": f"no unified model {mapping.model!r}{suggest(mapping.model, MODELS)} There are: {', '.join(MODELS)}."}
    problems: dict[str, str] = {}
    for name, paths in (("custom", mapping.custom), ("ignore", mapping.ignore)):
        for index, path in enumerate(paths):
            _check_path(path, f"{name}[{index}]", problems)
    _check_rules(mapping.rules, MODELS[mapping.model], "", "", problems)
    return problems


def _check_rules(rules: tuple[Rule, ...], model: type[UnifiedBase], where: str, prefix: str, problems: dict[str, str]) -> None:
    written_fields: dict[str, int] = {}
    written_paths: dict[str, int] = {}
    for index, rule in enumerate(rules):
        at = f"{where}rules[{index}]"
        before = len(problems)
        _check_path(rule.path, f"{at}.path", problems)
        _check_path(rule.field, f"{at}.field", problems)
        if len(problems) > before:
            continue
        _check_field(rule, model, at, prefix, problems)
        _check_transform(rule, model, at, prefix, problems)
        if rule.direction == "both":
            _check_twice(rule, index, at, written_fields, written_paths, problems)
        if rule.rules:
            if not rule.field.endswith("[]") or not rule.path.endswith("[]"):
                problems[f"{at}.rules"] = "only a list has rules of its items: field and path must end with []"
            else:
                _check_rules(rule.rules, model, f"{at}.", f"{prefix}{rule.field}.", problems)


def _check_path(path: str, at: str, problems: dict[str, str]) -> None:
    try:
        parse(path)
    except ValueError as cause:
        problems[at] = str(cause)


def _check_field(rule: Rule, model: type[UnifiedBase], at: str, prefix: str, problems: dict[str, str]) -> None:
    if rule.field == "":
        if rule.direction != "out" or rule.transform not in _WITHOUT_FIELD:
            problems[f"{at}.field"] = f"is empty; only an `out` rule with one of {', '.join(_WITHOUT_FIELD)} needs no field"
        return
    if spec_of(model, prefix + rule.field) is None:
        known = [path[len(prefix) :] for path in fields_of(model) if path.startswith(prefix)]
        hint = suggest(rule.field, known)
        problems[f"{at}.field"] = f"{model.__model__} has no field {prefix + rule.field!r}{hint} Its fields: docs/schema.md."
    if rule.path == "" and (rule.direction != "in" or rule.transform is None):
        problems[f"{at}.path"] = "is empty; only an `in` rule with a transform reads the whole record"
    tokens = parse(rule.path)
    walkable = is_plain(tokens[:-1] if tokens and tokens[-1] is EACH else tokens)
    positions = [token for token in tokens if isinstance(token, int)]
    if rule.writes and not walkable and (any(token is EACH for token in tokens) or any(positions)):
        problems[f"{at}.path"] = f"{rule.path!r} cannot be written (only [0] and [key=value] can); make the rule direction `in`"


def _check_transform(rule: Rule, model: type[UnifiedBase], at: str, prefix: str, problems: dict[str, str]) -> None:
    if rule.transform is None:
        if rule.args:
            problems[f"{at}.args"] = "are given, but no transform"
        return
    known = TRANSFORMS.get(rule.transform)
    if known is None:
        problems[f"{at}.transform"] = (
            f"unknown transform {rule.transform!r}{suggest(rule.transform, TRANSFORMS)} Known: {', '.join(TRANSFORMS)}."
        )
        return
    wrong = check_args(known.params, rule.args)
    for name, what in wrong.items():
        problems[f"{at}.args.{name}"] = what
    if wrong:
        return
    try:
        bound = known.bind(rule.args)
    except (ValueError, KeyError, TypeError) as cause:
        problems[f"{at}.args"] = str(cause)
        return
    if rule.direction == "both" and bound.inverse is None and not bound.identity:
        problems[f"{at}.transform"] = f"{rule.transform!r} has no inverse with these arguments; make the rule direction `in`"
    spec = spec_of(model, prefix + rule.field) if rule.field and rule.reads else None
    if spec is not None:
        kind = (spec.item or "text") if rule.field.endswith("[]") else spec.kind
        if known.gives not in ("any", kind) and kind != "json":
            problems[f"{at}.transform"] = f"{rule.transform!r} gives {known.gives}, but {prefix + rule.field} is {kind}"


def _check_twice(rule: Rule, index: int, at: str, fields: dict[str, int], paths: dict[str, int], problems: dict[str, str]) -> None:
    if rule.field in fields:
        problems[f"{at}.field"] = f"{rule.field!r} has a `both` rule already (rules[{fields[rule.field]}]); make one of them `in` or `out`"
    elif rule.path in paths:
        problems[f"{at}.path"] = f"{rule.path!r} has a `both` rule already (rules[{paths[rule.path]}]); make one of them `in`"
    fields.setdefault(rule.field, index)
    paths.setdefault(rule.path, index)
