"""For each operation a request that works, and what shows its effect."""

from conformance_world import CONTAINER, JOB

# Operations that refuse whatever they are asked, with the code.
REFUSED = {
    "ContinueServiceDeployment": "InvalidParameterException",
    "CreateExpressGatewayService": "UnsupportedFeatureException",
    "DeleteExpressGatewayService": "UnsupportedFeatureException",
    "DescribeExpressGatewayService": "UnsupportedFeatureException",
    "DiscoverPollEndpoint": "UnsupportedFeatureException",
    "ExecuteCommand": "TargetNotConnectedException",
    "ListServicesByNamespace": "NamespaceNotFoundException",
    "UpdateContainerAgent": "NoUpdateAvailableException",
    "UpdateExpressGatewayService": "UnsupportedFeatureException",
}

# Those that need tasks that run.
WITH_TASKS = {
    "DescribeTasks", "ExecuteCommand", "GetTaskProtection", "ListTasks", "RunTask", "StartTask",
    "StopTask", "SubmitContainerStateChange", "SubmitTaskStateChange", "UpdateTaskProtection",
}

# Objects that come to be, or change, as they are described afterwards.
VIEWS = {
    "cluster": lambda w: w.do(
        "DescribeClusters",
        {"clusters": ["default", "sample"], "include": ["SETTINGS", "CONFIGURATIONS", "TAGS"]},
    ),
    "service": lambda w: w.do("DescribeServices", {"services": ["web"], "include": ["TAGS"]}),
    "definition": lambda w: w.ask(
        "DescribeTaskDefinition", {"taskDefinition": "job", "include": ["TAGS"]}
    )[1],
    "settings": lambda w: [
        w.do("ListAccountSettings", {"effectiveSettings": True, "principalArn": who})
        for who in (
            "arn:aws:iam::000000000000:root", "arn:aws:iam::000000000000:user/ann",
        )
    ],
    "instances": lambda w: w.do(
        "DescribeContainerInstances", {"containerInstances": w.instances(), "include": ["TAGS"]}
    ),
    "providers": lambda w: w.do("DescribeCapacityProviders", {"include": ["TAGS"]}),
    "sets": lambda w: w.do(
        "DescribeTaskSets", {"cluster": "default", "service": "outer", "include": ["TAGS"]}
    ),
    "daemons": lambda w: [
        [
            w.do("DescribeDaemon", {"daemonArn": d["daemonArn"]}),
            w.do("ListTagsForResource", {"resourceArn": d["daemonArn"]}),
            deployments := w.do("ListDaemonDeployments", {"daemonArn": d["daemonArn"]}),
            w.do(
                "DescribeDaemonDeployments",
                {
                    "daemonDeploymentArns": [
                        x["daemonDeploymentArn"] for x in deployments["daemonDeployments"]
                    ]
                },
            ),
            w.do(
                "DescribeDaemonRevisions",
                {
                    "daemonRevisionArns": [
                        x["targetDaemonRevisionArn"] for x in deployments["daemonDeployments"]
                    ]
                },
            ),
        ]
        for d in w.do("ListDaemons", {})["daemonSummariesList"]
    ],
    "agents": lambda w: [
        (
            w.do("DescribeDaemonTaskDefinition", {"daemonTaskDefinition": d["arn"]}),
            w.do("ListTagsForResource", {"resourceArn": d["arn"]}),
        )
        for d in w.do("ListDaemonTaskDefinitions", {"status": "ALL"})["daemonTaskDefinitions"]
    ],
}


def needs(*makers):
    """A request that has the objects made first; its values may be functions of the world."""
    *first, request = makers

    def build(world):
        for maker in first:
            getattr(world, maker)()
        return {
            name: value(world) if callable(value) else value for name, value in request.items()
        }

    return build


def daemon_arn(world):
    return world.daemon()["daemonArn"]


def provider(world):
    world.providers()
    world.do(
        "CreateCapacityProvider",
        {"name": "idle", "autoScalingGroupProvider": {"autoScalingGroupArn": "idle"}},
    )
    return "idle"


def targets(world):
    return [{"name": "zone", "value": "a", "targetId": world.instance()}]


def definition_arn(world):
    world.definition()
    return world.tags(world.arn("task-definition/job:1"))


AUTO_SCALING = {"autoScalingGroupArn": "green"}

# A request, and the names of the views that show what came of it.
REQUESTS = {
    "ContinueServiceDeployment": (
        needs({"serviceDeploymentArn": lambda w: w.deployments()[0], "hookId": "a"}), ()),
    "CreateCapacityProvider": (
        needs("cluster", {"name": "green", "autoScalingGroupProvider": AUTO_SCALING}),
        ("providers",)),
    "CreateCluster": (needs({"clusterName": "sample"}), ("cluster",)),
    "CreateDaemon": (
        needs("providers", {
            "daemonName": "log", "capacityProviderArns": ["red"],
            "daemonTaskDefinitionArn": lambda w: w.daemon_definitions()[0]}), ("daemons",)),
    "CreateExpressGatewayService": (
        needs({"executionRoleArn": "a", "infrastructureRoleArn": "b",
               "primaryContainer": {"image": "a"}}), ()),
    "CreateService": (
        needs("definition",
              {"serviceName": "web", "taskDefinition": "job", "desiredCount": 1}),
        ("service",)),
    "CreateTaskSet": (
        needs("sets", {"cluster": "default", "service": "outer", "taskDefinition": "job"}),
        ("sets",)),
    "DeleteAccountSetting": (needs("settings", {"name": "containerInsights"}), ("settings",)),
    "DeleteAttributes": (
        needs({"attributes": lambda w: [{"name": "rack", "targetId": w.instance()}]}),
        ("instances",)),
    "DeleteCapacityProvider": (needs({"capacityProvider": provider}), ("providers",)),
    "DeleteCluster": (needs("cluster", {"cluster": "default"}), ("cluster",)),
    "DeleteDaemon": (needs({"daemonArn": daemon_arn}), ()),
    "DeleteDaemonTaskDefinition": (
        needs({"daemonTaskDefinition": lambda w: w.daemon_definitions()[0]}), ("agents",)),
    "DeleteExpressGatewayService": (needs({"serviceArn": "a"}), ()),
    "DeleteService": (
        lambda w: w.service(desiredCount=0) and {"service": "web"}, ()),
    "DeleteTaskDefinitions": (needs("old", {"taskDefinitions": ["job:1"]}), ()),
    "DeleteTaskSet": (
        needs({"cluster": "default", "service": "outer", "taskSet": lambda w: w.sets()[0]}),
        ("sets",)),
    "DeregisterContainerInstance": (needs({"containerInstance": lambda w: w.instance()}), ()),
    "DeregisterTaskDefinition": (needs("definition", {"taskDefinition": "job:1"}), ()),
    "DescribeCapacityProviders": (needs("providers", {}), ()),
    "DescribeClusters": (needs("cluster", {"clusters": ["default"]}), ()),
    "DescribeContainerInstances": (needs({"containerInstances": lambda w: w.instances()}), ()),
    "DescribeDaemon": (needs({"daemonArn": daemon_arn}), ()),
    "DescribeDaemonDeployments": (
        needs({"daemonDeploymentArns": lambda w: [w.daemon()["deploymentArn"]]}), ()),
    "DescribeDaemonRevisions": (
        needs({"daemonRevisionArns": lambda w: [
            w.do("DescribeDaemon", {"daemonArn": daemon_arn(w)})["daemon"]["currentRevisions"][0][
                "arn"]]}), ()),
    "DescribeDaemonTaskDefinition": (
        needs({"daemonTaskDefinition": lambda w: w.daemon_definitions()[0]}), ()),
    "DescribeExpressGatewayService": (needs({"serviceArn": "a"}), ()),
    "DescribeServiceDeployments": (
        needs({"serviceDeploymentArns": lambda w: w.deployments()[:1]}), ()),
    "DescribeServiceRevisions": (
        needs({"serviceRevisionArns": lambda w: [
            w.service()["currentServiceRevisions"][0]["arn"]]}), ()),
    "DescribeServices": (needs("service", {"services": ["web"]}), ()),
    "DescribeTaskDefinition": (
        needs({"taskDefinition": lambda w: definition_arn(w)}), ()),
    "DescribeTaskSets": (needs("sets", {"cluster": "default", "service": "outer"}), ()),
    "DescribeTasks": (needs({"tasks": lambda w: [w.task()]}), ()),
    "DiscoverPollEndpoint": (needs({}), ()),
    "ExecuteCommand": (
        needs({"task": lambda w: w.task(), "container": "app", "command": "ls",
               "interactive": True}), ()),
    "GetTaskProtection": (
        needs({"cluster": "default", "tasks": lambda w: [w.service_task()]}), ()),
    "ListAccountSettings": (needs("settings", {}), ()),
    "ListAttributes": (needs("instances", {"targetType": "container-instance"}), ()),
    "ListClusters": (
        lambda w: needs("cluster", {})(w) | (w.do("CreateCluster", {"clusterName": "two"}) and {}),
        ()),
    "ListContainerInstances": (needs("instances", {}), ()),
    "ListDaemonDeployments": (
        lambda w: needs("daemons", {"daemonArn": daemon_arn})(w) | (w.do("UpdateDaemon", {
            "daemonArn": daemon_arn(w), "capacityProviderArns": ["red"],
            "daemonTaskDefinitionArn": w.daemon_definitions()[1]}) and {}), ()),
    "ListDaemonTaskDefinitions": (needs("daemon_definitions", {}), ()),
    "ListDaemons": (needs("daemons", {}), ()),
    "ListServiceDeployments": (needs("deployments", {"service": "web"}), ()),
    "ListServices": (needs("services", {}), ()),
    "ListServicesByNamespace": (needs({"namespace": "a"}), ()),
    "ListTagsForResource": (needs({"resourceArn": definition_arn}), ()),
    "ListTaskDefinitionFamilies": (
        lambda w: needs("old", {})(w) | (
            w.do("RegisterTaskDefinition", {**JOB, "family": "other"}) and {}), ()),
    "ListTaskDefinitions": (
        lambda w: needs("definitions", {})(w) | (
            w.do("RegisterTaskDefinition", {**JOB, "family": "other"}) and {}), ()),
    "ListTasks": (needs("tasks", {}), ()),
    "PutAccountSetting": (
        needs({"name": "containerInsights", "value": "enhanced"}), ("settings",)),
    "PutAccountSettingDefault": (
        needs({"name": "containerInsights", "value": "enhanced"}), ("settings",)),
    "PutAttributes": (needs({"attributes": targets}), ("instances",)),
    "PutClusterCapacityProviders": (
        needs("providers", {"cluster": "default", "capacityProviders": ["red"],
                            "defaultCapacityProviderStrategy": []}), ("cluster",)),
    "RegisterContainerInstance": (
        needs("cluster", {"instanceIdentityDocument": '{"instanceId":"i-9"}'}),
        ("instances",)),
    "RegisterDaemonTaskDefinition": (
        needs({"family": "agent", "containerDefinitions": [CONTAINER, {**CONTAINER, "name": "side",
               "essential": False}]}), ("agents",)),
    "RegisterTaskDefinition": (needs("cluster", {**JOB}), ("definition",)),
    "RunTask": (needs("definition", {"taskDefinition": "job"}), ()),
    "StartTask": (
        needs("definition", {"taskDefinition": "job",
                             "containerInstances": lambda w: [w.machine()]}), ()),
    "StopServiceDeployment": (
        needs({"serviceDeploymentArn": lambda w: w.deployments()[0], "stopType": "ABORT"}), ()),
    "StopTask": (needs({"task": lambda w: w.running()}), ()),
    "SubmitAttachmentStateChanges": (needs("cluster", {"attachments": []}), ()),
    "SubmitContainerStateChange": (
        needs({"task": lambda w: w.task(), "containerName": "app", "status": "RUNNING"}), ()),
    "SubmitTaskStateChange": (needs({"task": lambda w: w.task(), "status": "RUNNING"}), ()),
    "TagResource": (
        needs("cluster", {"resourceArn": lambda w: w.arn("cluster/default"),
               "tags": [{"key": "k", "value": "v"}]}), ("cluster",)),
    "UntagResource": (
        needs("cluster", {"resourceArn": lambda w: w.tags(w.arn("cluster/default")),
                          "tagKeys": ["other"]}),
        ("cluster",)),
    "UpdateCapacityProvider": (
        needs("providers", {"name": "red", "autoScalingGroupProvider": {}}), ("providers",)),
    "UpdateCluster": (needs("cluster", {"cluster": "default"}), ("cluster",)),
    "UpdateClusterSettings": (
        needs("cluster", {"cluster": "default",
                          "settings": [{"name": "containerInsights", "value": "disabled"}]}),
        ("cluster",)),
    "UpdateContainerAgent": (needs({"containerInstance": lambda w: w.instance()}), ()),
    "UpdateContainerInstancesState": (
        needs({"containerInstances": lambda w: [w.instance()], "status": "DRAINING"}),
        ("instances",)),
    "UpdateDaemon": (
        needs({"daemonArn": daemon_arn, "capacityProviderArns": ["red"],
               "daemonTaskDefinitionArn": lambda w: w.daemon_definitions()[0]}), ("daemons",)),
    "UpdateExpressGatewayService": (needs({"serviceArn": "a"}), ()),
    "UpdateService": (needs("service", {"service": "web"}), ("service",)),
    "UpdateServicePrimaryTaskSet": (
        needs({"cluster": "default", "service": "outer",
               "primaryTaskSet": lambda w: w.sets()[0]}), ("sets",)),
    "UpdateTaskProtection": (
        needs({"cluster": "default", "tasks": lambda w: [w.service_task()],
               "protectionEnabled": True}), ()),
    "UpdateTaskSet": (
        needs({"cluster": "default", "service": "outer", "taskSet": lambda w: w.sets()[0],
               "scale": {"value": 100.0, "unit": "PERCENT"}}), ("sets",)),
}
