"""What the trial of a member needs to know of it beyond its type."""

from conformance_world import STRAY


def first_token(world, operation, request):
    """The token of a list's second page."""
    return world.do(operation, {**request, "maxResults": 1}).get("nextToken")


# Values of members of one operation that others of the name do not have.
VALUES = {
    "DeleteTaskSet.force": True,
    "DescribeServices.services": ["web"],
    "ListServices.cluster": "default",
    "RegisterContainerInstance.containerInstanceArn": lambda w: w.instance(),
    "DiscoverPollEndpoint.containerInstance": STRAY,
    "CreateService.cluster": "default",
    "ListTasks.family": "none",
    "ListAttributes.attributeName": "none",
    "ListAccountSettings.principalArn": "arn:aws:iam::000000000000:user/ann",
    "ListServiceDeployments.createdAt.before": 1,
    "ListDaemonDeployments.createdAt.before": 1,
    "SubmitTaskStateChange.containers.status": "RUNNING",
    "SubmitTaskStateChange.containers.containerName": "app",
    "CreateDaemon.capacityProviderArns": ["red"],
    "DescribeTaskSets.taskSets": lambda w: w.sets()[:1],
    "ListTasks.containerInstance": STRAY,
    "ListTasks.serviceName": "web",
    "ListTasks.daemonName": lambda w: w.daemon() and "log",
    "ListTaskDefinitions.familyPrefix": "other",
    "ListTaskDefinitionFamilies.familyPrefix": "oth",
    "ListDaemonTaskDefinitions.family": "none",
    "ListDaemonTaskDefinitions.familyPrefix": "none",
    "ListAccountSettings.value": "disabled",
    "UntagResource.tagKeys": ["team"],
    "UpdateTaskSet.scale.value": 50.0,
    "StopServiceDeployment.stopType": "ABORT",
    "SubmitTaskStateChange.reason": "because",
    "DescribeCapacityProviders.cluster": "default",
    "DescribeCapacityProviders.capacityProviders": ["red"],
    "DeleteCapacityProvider.cluster": "default",
    "UpdateCapacityProvider.cluster": "default",
    "UpdateService.taskDefinition": lambda w: w.definitions() and "job:2",
    "CreateTaskSet.taskDefinition": lambda w: w.definitions() and "job:1",
}

# What must stand beside a member, or beside one value of it, for the request to make sense.
SIBLINGS = {
    "tags.value": {"key": "team"},
    "ListAttributes.attributeValue": {"attributeName": "rack"},
    **{
        f"{operation}.name={name}": {"value": value}
        for operation in ("PutAccountSetting", "PutAccountSettingDefault")
        for name, value in {
            "awsvpcTrunking": "enabled", "containerInstanceLongArnFormat": "enabled",
            "defaultLogDriverMode": "blocking", "fargateEventWindows": "enabled",
            "fargateFIPSMode": "enabled", "fargateTaskRetirementWaitPeriod": "14",
            "guardDutyActivate": "on", "serviceLongArnFormat": "enabled",
            "tagResourceAuthorization": "off", "taskLongArnFormat": "enabled",
        }.items()
    },
    **{
        f"totalResources.{name}": {"name": "CPU"}
        for name in ("doubleValue", "integerValue", "longValue", "type")
    },
    "totalResources.stringSetValue": {"name": "PORTS"},
    "logDriver=awslogs": {"options": {"awslogs-group": "a", "awslogs-region": "us-east-1"}},
    "environment.value": {"name": "A"},
    "mountPoints.containerPath": {"sourceVolume": "data"},
    "mountPoints.readOnly": {"sourceVolume": "data", "containerPath": "/data"},
    "mountPoints.sourceVolume": {"containerPath": "/data"},
    "portMappings.appProtocol": {"containerPort": 80, "name": "web"},
    "portMappings.hostPort": {"containerPort": 80},
    "portMappings.name": {"containerPort": 80},
    "portMappings.protocol": {"containerPort": 80},
    "volumesFrom.readOnly": {"sourceContainer": "side"},
    "settings.value": {"name": "containerInsights"},
    "settings.name=containerInsights": {"value": "enabled"},
    "placementConstraints.expression": {"type": "memberOf"},
    "placementConstraints.type=memberOf": {"expression": "attribute:rack == 7"},
    "placementStrategy.field": {"type": "spread"},
    "placementStrategy.type=spread": {"field": "instanceId"},
    "placementStrategy.type=binpack": {"field": "memory"},
    "capacityProviderStrategy.base": {"weight": 1},
    "capacityProviderStrategy.capacityProvider": {"weight": 1},
    "containers.exitCode": {"containerName": "app"},
    "containers.imageDigest": {"containerName": "app"},
    "containers.networkBindings": {"containerName": "app"},
    "containers.reason": {"containerName": "app"},
    "containers.runtimeId": {"containerName": "app"},
    "containers.status": {"containerName": "app"},
    **{
        f"containerOverrides.{name}": {"name": "app"}
        for name in (
            "command", "cpu", "environment", "environmentFiles", "memory", "memoryReservation",
            "resourceRequirements",
        )
    },
}

# What the whole request must have for a member to make sense; `None` for what it may not have.
TOGETHER = {
    "mountPoints.": {"volumes": [{"name": "data"}]},
    "proxyConfiguration.": {"networkMode": "awsvpc"},
    "UpdateService.placementStrategy.": {"availabilityZoneRebalancing": "DISABLED"},
    "CreateCluster.defaultCapacityProviderStrategy.": {"capacityProviders": ["red"]},
    "CreateService.schedulingStrategy=DAEMON": {"desiredCount": None},
    "CreateService.deploymentController.type=EXTERNAL": {"taskDefinition": None},
}

# Members whose effect one answer can't show, since it lies in time or between requests, with the
# test that shows it.
SHOWN_ELSEWHERE = {
    "CreateDaemon.clientToken": "ManagerCoreTests/ServiceTests",
    "CreateService.clientToken": "ManagerCoreTests/ServiceTests",
    "CreateTaskSet.clientToken": "ManagerCoreTests/TaskSetTests",
    "RunTask.clientToken": "ManagerCoreTests/TaskTests",
    "StartTask.clientToken": "ManagerCoreTests/TaskTests",
    "DeleteService.force": "ManagerCoreTests/ServiceTests",
    "DeleteTaskSet.force": "ManagerCoreTests/TaskSetTests",
    "DeregisterContainerInstance.force": "ManagerCoreTests/InstanceTests",
    "UpdateTaskProtection.expiresInMinutes": "ManagerCoreTests/ProtectionTests",
    "RunTask.placementStrategy.field": "PlacementTests",
    "RunTask.placementStrategy.type=binpack": "PlacementTests",
    "RunTask.placementStrategy.type=random": "PlacementTests",
    "RunTask.placementStrategy.type=spread": "PlacementTests",
}

# Members that are taken without any effect, with the reason. Others would fail the test.
EXPLAINED = {
    "DescribeClusters.include=ATTACHMENTS": "clusters have no attachments",
    "RegisterContainerInstance.instanceIdentityDocumentSignature":
        "nobody checks it: who may be a worker is decided by certificates",
    "RunTask.propagateTags=NONE": "the default",
    "RunTask.referenceId": "kept nowhere, and shown nowhere in ECS",
    "StartTask.propagateTags=NONE": "the default",
    "StartTask.referenceId": "kept nowhere, and shown nowhere in ECS",
    "SubmitContainerStateChange": "a report changes nothing: only a worker's session is believed",
    "SubmitTaskStateChange": "a report changes nothing: only a worker's session is believed",
}
