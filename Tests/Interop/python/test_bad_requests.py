"""Requests that no SDK would send, over raw HTTP: each gets the error that ECS gives."""

import json
from collections import Counter

import botocore.session

from support import TARGET, Connection, sleeper

WORKING = """
CreateCluster DescribeClusters ListClusters DeleteCluster
RegisterTaskDefinition DescribeTaskDefinition ListTaskDefinitions DeregisterTaskDefinition
ListTaskDefinitionFamilies DeleteTaskDefinitions UpdateCluster UpdateClusterSettings
CreateService UpdateService DescribeServices ListServices DeleteService
ListServiceDeployments DescribeServiceDeployments DescribeServiceRevisions
StopServiceDeployment ContinueServiceDeployment ListServicesByNamespace
CreateTaskSet DescribeTaskSets UpdateTaskSet DeleteTaskSet UpdateServicePrimaryTaskSet
CreateCapacityProvider DescribeCapacityProviders UpdateCapacityProvider DeleteCapacityProvider
PutClusterCapacityProviders
RunTask StartTask StopTask DescribeTasks ListTasks
GetTaskProtection UpdateTaskProtection PutAttributes DeleteAttributes ListAttributes
DescribeContainerInstances ListContainerInstances DeregisterContainerInstance
UpdateContainerInstancesState RegisterContainerInstance UpdateContainerAgent
SubmitTaskStateChange SubmitContainerStateChange SubmitAttachmentStateChanges
DiscoverPollEndpoint ExecuteCommand
PutAccountSetting PutAccountSettingDefault DeleteAccountSetting ListAccountSettings
CreateExpressGatewayService DescribeExpressGatewayService UpdateExpressGatewayService
DeleteExpressGatewayService
CreateDaemon DescribeDaemon ListDaemons UpdateDaemon DeleteDaemon
RegisterDaemonTaskDefinition DescribeDaemonTaskDefinition ListDaemonTaskDefinitions
DeleteDaemonTaskDefinition DescribeDaemonDeployments ListDaemonDeployments DescribeDaemonRevisions
TagResource UntagResource ListTagsForResource
""".split()


def operations():
    model = botocore.session.get_session().get_service_model("ecs")
    return [model.operation_model(name) for name in model.operation_names]


def wrong_values(shape):
    """JSON values that are not of the shape's type."""
    return {
        "string": [5, ["a"], {}, True],
        "integer": ["5", [5], {}, 1.5],
        "boolean": ["true", 1, []],
        "list": ["a", {}, 5],
        "structure": ["a", [], 5],
        "map": ["a", [], 5],
        "timestamp": ["soon", [], {}],
    }.get(shape.type_name, [])


def test_bodies_that_are_no_json(http):
    for body in (
        b"{",
        b"not json",
        b'{"clusterName": }',
        b'{"clusterName": "a"} trailing',
        b"[]",
        b'"text"',
        b"5",
        b"\xff\xfe\x00",
        b'{"clusterName": "\xff"}',
        b'{"clusterName": "a\\u0000b"}',
        b"[" * 100_000,
        b'{"a":' * 50_000,
    ):
        http.refused("CreateCluster", body, "SerializationException")
    assert http.call("ListClusters", b"") == (200, {"clusterArns": []})


def test_operations_that_are_not_there(http):
    http.refused("MakeCoffee", b"{}", "UnknownOperationException", "MakeCoffee")
    http.refused("", b"{}", "UnknownOperationException")
    http.refused("X" * 5_000, b"{}", "UnknownOperationException")
    status, answer = http.call("ListClusters", target="AmazonSQS.")
    assert (status, answer["__type"]) == (400, "UnknownOperationException")
    # botocore may be newer than the 77 operations of Muster's model.
    codes = Counter()
    for operation in operations():
        if operation.name not in WORKING:
            status, answer = http.call(operation.name)
            assert status == 400 and operation.name in answer["message"], answer
            codes[answer["__type"]] += 1
    assert len(WORKING) == 77 and set(codes) <= {"UnknownOperationException"}
    status, answer, _ = http.post("Action=ListQueues", {"Content-Type": "text/plain"})
    assert status == 400 and b"InvalidAction" in answer
    status, answer, _ = http.post("", {"Content-Type": "text/plain"})
    assert status == 400 and b"MissingAction" in answer
    assert http.call("ListClusters")[0] == 200


def test_members_of_a_wrong_type(http):
    checked, unknown = 0, []
    for operation in operations():
        if operation.name not in WORKING:
            continue
        nothing = http.call(operation.name)
        for name, shape in operation.input_shape.members.items():
            # Members that botocore has and Muster's model does not yet are ignored.
            if http.call(operation.name, {name: [[5]]}) == nothing:
                unknown.append(name)
                continue
            for value in wrong_values(shape):
                # A number's place is not known.
                part = "number" if value == 1.5 else name
                http.refused(operation.name, {name: value}, "SerializationException", part)
                checked += 1
    assert checked > 300 and len(unknown) < 10, unknown
    http.refused(
        "RegisterTaskDefinition",
        {"family": "a", "containerDefinitions": [{"name": 5}]},
        "SerializationException",
        "containerDefinitions[0].name",
    )


def test_members_that_are_missing(http):
    codes = ("ClientException", "InvalidParameterException")
    for operation in operations():
        if operation.name in WORKING and operation.input_shape.required_members:
            status, answer = http.call(operation.name, {})
            assert status == 400 and answer["__type"] in codes, f"{operation.name}: {answer}"
            assert answer["message"]
    assert http.call("CreateCluster")[0] == 200
    for operation, body, code, part in (
        ("DescribeTasks", {}, "InvalidParameterException", "Tasks cannot be empty."),
        ("DescribeServices", {}, "InvalidParameterException", "Services cannot be empty."),
        ("CreateService", {}, "InvalidParameterException", "Service name cannot be empty."),
        ("RunTask", {}, "InvalidParameterException", "TaskDefinition cannot be empty."),
        ("RegisterTaskDefinition", {"family": "a"}, "ClientException", "Container list"),
        (
            "RegisterTaskDefinition",
            {"family": "a", "containerDefinitions": []},
            "ClientException",
            "Container",
        ),
        ("DescribeTasks", {"tasks": []}, "InvalidParameterException", "Tasks cannot be empty."),
        (
            "RunTask",
            {"taskDefinition": "a", "launchType": "MOON"},
            "InvalidParameterException",
            "launchType",
        ),
    ):
        http.refused(operation, body, code, part)


def test_objects_that_are_not_there(http):
    assert http.call("RegisterTaskDefinition", sleeper())[0] == 200
    missing = "0123456789abcdef0123456789abcdef"
    for operation, members in (
        ("ListTasks", {}),
        ("ListServices", {}),
        ("ListContainerInstances", {}),
        ("DescribeTasks", {"tasks": [missing]}),
        ("DescribeServices", {"services": ["a"]}),
        ("DescribeContainerInstances", {"containerInstances": [missing]}),
        ("RunTask", {"taskDefinition": "sleeper"}),
        ("StartTask", {"taskDefinition": "sleeper", "containerInstances": [missing]}),
        ("StopTask", {"task": missing}),
        ("CreateService", {"serviceName": "a", "taskDefinition": "sleeper", "desiredCount": 1}),
        ("UpdateService", {"service": "a", "desiredCount": 1}),
        ("DeleteService", {"service": "a"}),
        ("DeleteCluster", {}),
        ("DeregisterContainerInstance", {"containerInstance": missing}),
        ("UpdateContainerInstancesState", {"containerInstances": [missing], "status": "ACTIVE"}),
    ):
        http.refused(operation, {"cluster": "nowhere", **members}, "ClusterNotFoundException")
    assert http.call("CreateCluster", {"clusterName": "here"})[0] == 200
    http.refused(
        "StopTask", {"cluster": "here", "task": missing}, "InvalidParameterException", "not found"
    )
    http.refused("StopTask", {"cluster": "here", "task": "x"}, "InvalidParameterException")
    other = f"arn:aws:ecs:us-east-1:000000000000:task/there/{missing}"
    http.refused(
        "StopTask", {"cluster": "here", "task": other}, "InvalidParameterException", "there"
    )


def test_a_body_over_the_limit_leaves_the_connection_usable(http):
    big = json.dumps({"clusterName": "a" * 3_000_000})
    for _ in range(2):
        status, answer = http.call("CreateCluster", big)
        assert (status, answer["__type"]) == (413, "RequestEntityTooLargeException"), answer
        assert "1048576" in answer["message"]
        assert http.call("ListClusters") == (200, {"clusterArns": []})
    http.http.putrequest("POST", "/")
    http.http.putheader("Transfer-Encoding", "chunked")
    http.http.putheader("X-Amz-Target", TARGET + "CreateCluster")
    http.http.endheaders()
    for _ in range(40):
        http.http.send(b"10000\r\n" + b"a" * 65_536 + b"\r\n")
    http.http.send(b"0\r\n\r\n")
    response = http.http.getresponse()
    assert response.status == 413 and response.read()
    assert http.call("ListClusters") == (200, {"clusterArns": []})


def test_one_connection_bears_any_mixture(http):
    other = Connection()
    for turn in range(50):
        http.refused("CreateCluster", b"{", "SerializationException")
        assert http.call("CreateCluster", {"clusterName": f"c{turn}"})[0] == 200
        http.refused("Nothing", b"{}", "UnknownOperationException")
        status, answer = other.call("DescribeClusters", {"clusters": [f"c{turn}"]})
        assert status == 200 and len(answer["clusters"]) == 1
    other.close()


def test_more_than_the_model_allows(http):
    for operation, body, code in (
        ("CreateCluster", {"clusterName": "a" * 256}, "InvalidParameterException"),
        ("CreateCluster", {"clusterName": "a b"}, "InvalidParameterException"),
        ("RunTask", {"taskDefinition": "a", "count": 11}, "InvalidParameterException"),
        ("RunTask", {"taskDefinition": "a", "count": -1}, "InvalidParameterException"),
        ("RunTask", {"taskDefinition": "a", "startedBy": "x" * 129}, "InvalidParameterException"),
        ("DescribeTasks", {"tasks": ["0" * 32] * 101}, "InvalidParameterException"),
        ("DescribeServices", {"services": ["a"] * 11}, "InvalidParameterException"),
        ("ListTasks", {"maxResults": 1_000}, "InvalidParameterException"),
    ):
        if operation != "CreateCluster":
            http.call("CreateCluster", {})
        http.refused(operation, body, code)
