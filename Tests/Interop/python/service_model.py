"""The requests that botocore's service model allows: members, sample values, and violations."""

import botocore.session

MODEL = botocore.session.get_session().get_service_model("ecs")
NESTED_MAXIMUM = 6

# Values of members that no type tells; the longest matching end of a member's path counts.
SAMPLES = {
    "aliasName": "a", "arn": "a", "name": "sample",
    "attributes.name": "rack", "attributes.value": "7",
    "awslogs": "a", "base": 1, "command": ["/bin/true"],
    "capacityProvider": "red", "capacityProviders": ["red"], "capacityProviderArns": ["red"],
    "cluster": "default", "clusterArn": "default", "clusterName": "default",
    "clusters": ["default"], "clientToken": "token-1",
    "condition": "START", "containerName": "app", "containerPort": 80, "cpu": "256",
    "containerDefinitions.cpu": 32, "containerOverrides.cpu": 32,
    "containerDefinitions.memory": 48, "containerOverrides.memory": 48,
    "containerDefinitions.memoryReservation": 16, "containerOverrides.memoryReservation": 16,
    "containerDefinitions.name": "app", "containerOverrides.name": "app",
    "containerPortRange": "8000-8001", "credentialSpecs": ["credentialspec:file://a.json"],
    "dependsOn.containerName": "side", "desiredCount": 2, "dnsServers": ["10.0.0.2"],
    "drainPercent": 50.0, "driverOpts": {"a": "b"}, "entryPoint": ["/bin/sh"],
    "environment.name": "A", "environment.value": "b",
    "environmentFiles.value": "arn:aws:s3:::bucket/a.env",
    "executionRoleArn": "arn:aws:iam::000000000000:role/run",
    "expression": "attribute:rack == 7", "family": "job", "familyPrefix": "job",
    "externalId": "outer", "extraHosts.hostname": "db", "extraHosts.ipAddress": "10.0.0.3",
    "field": "instanceId", "filter": "attribute:rack == 7", "group": "mine", "hostPort": 0,
    "healthCheck.command": ["CMD-SHELL", "true"], "healthCheck.interval": 10,
    "healthCheck.timeout": 3, "healthCheck.retries": 2, "healthCheck.startPeriod": 1,
    "ignoredExitCodes": [3], "image": "busybox", "instanceIdentityDocument": '{"instanceId":"i-7"}',
    "instanceWarmupPeriod": 60, "interval": 10, "integerValue": 512, "totalResources.name": "CPU",
    "totalResources.type": "INTEGER", "totalResources.stringSetValue": ["80"],
    "links": ["side"], "logConfiguration.options": {"a": "b"}, "longValue": 512,
    "maxResults": 1, "maximumPercent": 150, "memory": "512", "minimumHealthyPercent": 50,
    "maximumScalingStepSize": 5, "minimumScalingStepSize": 1, "namespace": "net.core.somaxconn",
    "options": {"a": "b"}, "platformDevices.id": "gpu-0", "propagateTags": "NONE",
    "portMappings.name": "web", "principalArn": "arn:aws:iam::000000000000:user/ann",
    "reason": "because", "resourceRequirements.value": "1", "restartAttemptPeriod": 120,
    "role": "ecs", "roleArn": "arn:aws:iam::000000000000:role/a", "scale.value": 50.0,
    "serviceName": "web", "service": "web", "services": ["web"], "sizeInGiB": 30,
    "softLimit": 100, "hardLimit": 200, "sourceContainer": "side", "sourceVolume": "data",
    "startedBy": "me", "stopTimeout": 5, "startTimeout": 60, "subnets": ["subnet-1"],
    "systemControls.value": "1", "tags.key": "team", "tags.value": "red", "tagKeys": ["team"],
    "targetCapacity": 80, "taskDefinition": "job",
    "taskRoleArn": "arn:aws:iam::000000000000:role/t",
    "tmpfs.size": 16, "unit": "PERCENT", "user": "nobody", "value": "enabled",
    "volumes.name": "data", "weight": 1, "workingDirectory": "/tmp",
    "interactive": False, "pseudoTerminal": False, "inferenceAccelerators.deviceName": "a",
    "hostname": "host", "dnsSearchDomains": ["example.org"], "dockerSecurityOptions": ["a:b"],
    "dockerLabels": {"a": "b"}, "sharedMemorySize": 64, "maxSwap": 64, "swappiness": 10,
    "containerPath": "/mnt", "hostPath": "/dev/null", "sourcePath": "/srv",
    "permissions": ["read"], "capabilities.add": ["SYS_PTRACE"], "capabilities.drop": ["MKNOD"],
    "mountOptions": ["ro"], "before": 4102444800, "after": 4102444800,
    "settings.value": "enabled", "serviceConnectDefaults.namespace": "n", "alarmNames": ["a"],
    "configuration.kmsKeyId": "k", "expiresInMinutes": 60, "attributeName": "rack",
    "attributeValue": "7", "count": 2, "healthCheckGracePeriodSeconds": 30, "timeout": 3,
    "taskDefinitions": ["job:1"], "bakeTimeInMinutes": 5, "maximumRunningCount": 1,
    "agentVersion": "1.9", "agentHash": "abc", "dockerVersion": "27", "doubleValue": 512.0,
}


def operations():
    """Those of Muster's model: botocore may be newer."""
    return [MODEL.operation_model(name) for name in MODEL.operation_names]


def scalar(shape, path):
    """A value that is allowed and is not the default, where a table or the type tells one."""
    names = path.replace("[]", "").split(".")
    for start in range(len(names)):
        found = SAMPLES.get(".".join(names[start:]))
        if found is not None and not (getattr(shape, "enum", None) and found not in shape.enum):
            return found
    kind = shape.type_name
    if kind == "string":
        return shape.enum[0] if shape.enum else "sample"
    if kind in ("integer", "long"):
        return max(1, shape.metadata.get("min", 1))
    if kind in ("double", "float"):
        return 1.0
    if kind == "boolean":
        return True
    if kind == "timestamp":
        return 1_700_000_000
    return {"a": "b"} if kind == "map" else "sample"


def minimal(shape, path):
    """A value with the required members alone."""
    if shape.type_name == "structure":
        return {
            name: minimal(shape.members[name], f"{path}.{name}")
            for name in shape.required_members
        }
    names = path.replace("[]", "").split(".")
    known = any(".".join(names[start:]) in SAMPLES for start in range(len(names)))
    if shape.type_name == "list" and not known:
        return [minimal(shape.member, f"{path}[]")]
    return scalar(shape, path)


def leaves(shape, path="", seen=()):
    """Path, shape and value of every member below, one a value for an enum."""
    for name, member in shape.members.items():
        place = f"{path}.{name}".lstrip(".")
        inner = member.member if member.type_name == "list" else member
        if inner.type_name == "structure" and inner.members:
            if inner.name not in seen and place.count(".") < NESTED_MAXIMUM:
                mark = f"{place}[]" if member.type_name == "list" else place
                yield from leaves(inner, mark, (*seen, inner.name))
        elif getattr(inner, "enum", None):
            for value in inner.enum:
                yield place, member, [value] if member.type_name == "list" else value
        elif member.type_name == "list":
            value = scalar(member, place)
            yield place, member, value if isinstance(value, list) else [scalar(inner, place)]
        else:
            yield place, member, scalar(member, place)


def put(request, shape, path, value):
    """The request with a value at a path; what is on the way there gets its required members."""
    name, _, rest = path.partition(".")
    plain = name.removesuffix("[]")
    result = dict(request)
    if not rest:
        result[plain] = value
        return result
    member = shape.members[plain]
    if name.endswith("[]"):
        there = list(request.get(plain) or [minimal(member.member, plain + "[]")])
        there[0] = put(there[0], member.member, rest, value)
        result[plain] = there
    else:
        there = request.get(plain)
        if there is None:
            there = minimal(member, plain)
        result[plain] = put(there, member, rest, value)
    return result


def without(request, path):
    """The request without the member at a path, or `None` where it has none."""
    name, _, rest = path.partition(".")
    plain = name.removesuffix("[]")
    if plain not in request:
        return None
    result = dict(request)
    if not rest:
        del result[plain]
        return result
    inner = request[plain]
    if name.endswith("[]"):
        inner = inner[0] if inner else None
    shorter = without(inner, rest) if isinstance(inner, dict) else None
    if shorter is None:
        return None
    result[plain] = [shorter, *request[plain][1:]] if name.endswith("[]") else shorter
    return result


def at(request, path):
    """The value at a path, or `None`."""
    for name in path.split("."):
        request = request.get(name.removesuffix("[]")) if isinstance(request, dict) else None
        if name.endswith("[]") or isinstance(request, list) and name != path.split(".")[-1]:
            request = request[0] if request else None
    return request


def required(shape, path="", seen=()):
    """The paths of all required members."""
    for name, member in shape.members.items():
        place = f"{path}.{name}".lstrip(".")
        if name in shape.required_members:
            yield place
        inner = member.member if member.type_name == "list" else member
        if inner.type_name == "structure" and inner.name not in seen:
            mark = f"{place}[]" if member.type_name == "list" else place
            yield from required(inner, mark, (*seen, inner.name))


def violations(shape, path="", seen=()):
    """Path and value of what breaks each constraint of the model once."""
    for name, member in shape.members.items():
        place = f"{path}.{name}".lstrip(".")
        inner = member.member if member.type_name == "list" else member
        limits = member.metadata
        if member.type_name == "list" and "max" in limits:
            item = minimal(inner, place) if inner.type_name == "structure" else "a"
            yield place, [item] * (limits["max"] + 1)
        if inner.type_name == "structure":
            if inner.name not in seen and place.count(".") < NESTED_MAXIMUM:
                mark = f"{place}[]" if member.type_name == "list" else place
                yield from violations(inner, mark, (*seen, inner.name))
            continue
        wrap = (lambda value: [value]) if member.type_name == "list" else (lambda value: value)
        limits = inner.metadata
        if getattr(inner, "enum", None):
            yield place, wrap("NOT-" + inner.enum[0])
        if inner.type_name == "string":
            if "max" in limits:
                yield place, wrap("a" * (limits["max"] + 1))
            if limits.get("min"):
                yield place, wrap("")
            if "pattern" in limits:
                yield place, wrap("a\u0001;")
        elif inner.type_name in ("integer", "long", "double", "float"):
            if "min" in limits:
                yield place, wrap(limits["min"] - 1)
            if "max" in limits:
                yield place, wrap(limits["max"] + 1)
            if inner.type_name == "integer":
                yield place, wrap(2**31)
