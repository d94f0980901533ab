"""Metric math: the arithmetic, comparisons and functions that alarms on error rates use.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
"""

import ast
import operator
from collections.abc import Callable, Mapping
from typing import Final

Value = float | None  # None: no data
_ARITHMETIC: Final[dict[type[ast.operator], Callable[[float, float], float]]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
}
_COMPARISONS: Final[dict[type[ast.cmpop], Callable[[float, float], bool]]] = {
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}
_OVER_MANY: Final[dict[str, Callable[[list[float]], float]]] = {
    "SUM": sum,
    "MAX": max,
    "MIN": min,
    "AVG": lambda values: sum(values) / len(values),
    "ABS": lambda values: abs(values[0]),
}


def names_in(expression: str) -> list[str]:
    """Return the ids of the metrics and expressions that an expression is about. Raises ValueError if it is none."""
    try:
        nodes = list(ast.walk(ast.parse(expression, mode="eval")))
    except SyntaxError as error:
        raise ValueError(f"syntax error: {error.msg}") from error
    functions = {id(node.func) for node in nodes if isinstance(node, ast.Call)}
    named = (node.id for node in nodes if isinstance(node, ast.Name) and id(node) not in functions)
    return list(dict.fromkeys(named))


def evaluate(expression: str, metrics: Mapping[str, Value]) -> Value:
    """Return the expression's value for one period. Raises ValueError for unsupported expressions."""
    return _value(ast.parse(expression, mode="eval").body, metrics)


def _value(node: ast.expr, metrics: Mapping[str, Value]) -> Value:
    match node:
        case ast.Constant(value=int() | float() as number):
            return float(number)
        case ast.Name(id=name):
            return metrics[name]
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            value = _value(operand, metrics)
            return None if value is None else -value
        case ast.BinOp(left=left, op=operation, right=right):
            return _apply(_ARITHMETIC[type(operation)], _value(left, metrics), _value(right, metrics))
        case ast.Compare(left=left, ops=[comparison], comparators=[right]):
            return _apply(_COMPARISONS[type(comparison)], _value(left, metrics), _value(right, metrics))
        case ast.Call(func=ast.Name(id=name), args=arguments):
            return _call(name.upper(), arguments, metrics)
    raise ValueError(f"unsupported metric math: {ast.unparse(node)}")


def _apply(operation: Callable[[float, float], float], left: Value, right: Value) -> Value:
    """Apply the operation. Missing data on either side gives no data, and so does a division by zero."""
    if left is None or right is None:
        return None
    try:
        return float(operation(left, right))
    except ZeroDivisionError:
        return None


def _call(name: str, arguments: list[ast.expr], metrics: Mapping[str, Value]) -> Value:
    if name == "FILL":
        value = _value(arguments[0], metrics)
        return _value(arguments[1], metrics) if value is None else value
    if name == "IF":
        condition = _value(arguments[0], metrics)
        chosen = arguments[1] if condition else arguments[2] if len(arguments) > 2 else None  # noqa: PLR2004 -- IF(a, b, c)
        return None if condition is None or chosen is None else _value(chosen, metrics)
    if name not in _OVER_MANY:
        raise ValueError(f"unsupported metric math function: {name}")
    first = arguments[0]
    many = first.elts if isinstance(first, ast.List) else arguments
    values = [value for value in (_value(each, metrics) for each in many) if value is not None]
    return _OVER_MANY[name](values) if values else None
