"""A strict reader of answers: everything in them has to be in botocore's service model."""

import json

# What AWS's front end answers for any operation, beside the errors of the model.
FRONT_END_ERRORS = {
    "SerializationException",
    "ThrottlingException",
    "UnknownOperationException",
    "UnsupportedFeatureException",
    "ClientException",
    "InvalidParameterException",
    "ServerException",
}


def watch(client):
    """Checks every answer that the client gets, as it comes from the wire."""
    client.meta.events.register("before-parse.ecs.*", _check)


def _check(operation_model, response_dict, **_):
    body = json.loads(response_dict["body"], parse_constant=_reject)
    name = operation_model.name
    assert response_dict["headers"].get("x-amzn-RequestId"), f"{name}: no x-amzn-RequestId"
    if response_dict["status_code"] == 200:
        problems = list(problems_of(body, operation_model.output_shape, name))
    else:
        problems = list(_problems_of_error(body, operation_model))
    assert not problems, "\n".join(["the answer is not what the model allows:", *problems])


def _reject(constant):
    raise AssertionError(f"{constant} is not JSON")


def _problems_of_error(body, operation_model):
    known = {shape.name for shape in operation_model.error_shapes} | FRONT_END_ERRORS
    if body.get("__type") not in known:
        yield f"{operation_model.name} does not have the error {body}"
    if not isinstance(body.get("message"), str) or not body["message"]:
        yield f"{operation_model.name}: an error without a message: {body}"


def problems_of(value, shape, path):
    """Every way in which a JSON value breaks its shape."""
    checks = {"structure": _structure, "list": _list, "map": _map}
    if shape.type_name in checks:
        yield from checks[shape.type_name](value, shape, path)
    elif not _is_scalar(value, shape.type_name):
        yield f"{path}: {value!r} is not a {shape.type_name}"
    elif getattr(shape, "enum", None) and value not in shape.enum:
        yield f"{path}: {value!r} is none of {shape.enum}"


def _is_scalar(value, kind):
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    match kind:
        case "string" | "character" | "blob":
            return isinstance(value, str)
        case "boolean":
            return isinstance(value, bool)
        case "integer":
            return number and isinstance(value, int) and -(2**31) <= value < 2**31
        case "long":
            return number and isinstance(value, int) and -(2**63) <= value < 2**63
        case "timestamp":
            # Epoch seconds, so neither milliseconds nor a text.
            return number and 0 < value < 1e11
        case "double" | "float":
            return number
    return False


def _structure(value, shape, path):
    if not isinstance(value, dict):
        yield f"{path}: {value!r} is not an object"
        return
    wire_names = {
        member.serialization.get("name", name): member for name, member in shape.members.items()
    }
    for name in shape.required_members:
        if name not in value:
            yield f"{path}: no {name}"
    for name, member in value.items():
        if name not in wire_names:
            yield f"{path}: the shape {shape.name} has no {name}"
        else:
            yield from problems_of(member, wire_names[name], f"{path}.{name}")


def _list(value, shape, path):
    if not isinstance(value, list):
        yield f"{path}: {value!r} is not a list"
        return
    for index, item in enumerate(value):
        yield from problems_of(item, shape.member, f"{path}[{index}]")


def _map(value, shape, path):
    if not isinstance(value, dict):
        yield f"{path}: {value!r} is not an object"
        return
    for key, item in value.items():
        yield from problems_of(item, shape.value, f"{path}[{key}]")
