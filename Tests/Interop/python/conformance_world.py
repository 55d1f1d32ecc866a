"""What the operations are tried on: objects in a region of their own, and requests that work."""

import json

from support import ACCOUNT, TARGET, Connection, eventually

CONTAINER = {
    "name": "app", "image": "busybox", "memory": 64, "cpu": 16, "stopTimeout": 2,
    "command": ["/bin/sh", "-c", "exec sleep 600"],
}
SIDE = {**CONTAINER, "name": "side", "memory": 32, "essential": False}
JOB = {"family": "job", "containerDefinitions": [CONTAINER, SIDE]}
TAGS = [{"key": "kept", "value": "x"}]
STRAY = "0123456789abcdef0123456789abcdef"


class World:
    """One region; what a request needs is made when it is asked for."""

    connection = None

    def __init__(self, region):
        self.region = region
        self.made = {}
        if World.connection is None:
            World.connection = Connection(timeout=60)

    def ask(self, operation, request):
        scope = f"test/20260101/{self.region}/ecs/aws4_request"
        status, answer, _ = World.connection.post(
            json.dumps(request),
            {
                "Content-Type": "application/x-amz-json-1.1",
                "X-Amz-Target": TARGET + operation,
                "Authorization": f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, "
                "Signature=0",
            },
        )
        return status, json.loads(answer)

    def do(self, operation, request):
        status, answer = self.ask(operation, request)
        assert status == 200, f"{operation} {request}: {status} {answer}"
        return answer

    def once(self, key, make):
        if key not in self.made:
            self.made[key] = make()
        return self.made[key]

    def arn(self, rest):
        return f"arn:aws:ecs:{self.region}:{ACCOUNT}:{rest}"

    # Objects

    def cluster(self):
        request = {
            "clusterName": "default", "tags": TAGS,
            "configuration": {"executeCommandConfiguration": {"logging": "NONE"}},
        }

        def make():
            made = self.do("CreateCluster", request)
            self.do("TagResource", {"resourceArn": self.arn("cluster/default"), "tags": TAGS})
            return made

        return self.once("cluster", make)

    def definition(self):
        self.cluster()
        request = {**JOB, "tags": TAGS}
        return self.once("definition", lambda: self.do("RegisterTaskDefinition", request))

    def definitions(self):
        self.definition()
        return self.once("second", lambda: self.do("RegisterTaskDefinition", JOB))

    def old(self):
        self.definitions()
        return self.once(
            "old", lambda: self.do("DeregisterTaskDefinition", {"taskDefinition": "job:1"})
        )

    def providers(self):
        def make():
            for name in ("red", "blue"):
                self.do(
                    "CreateCapacityProvider",
                    {
                        "name": name, "tags": TAGS,
                        "autoScalingGroupProvider": {"autoScalingGroupArn": name},
                    },
                )
            self.do(
                "PutClusterCapacityProviders",
                {
                    "cluster": "default", "capacityProviders": ["red", "blue"],
                    "defaultCapacityProviderStrategy": [],
                },
            )

        self.cluster()
        return self.once("providers", make)

    def service(self, **members):
        self.definition()
        return self.once(
            "service",
            lambda: self.do(
                "CreateService",
                {
                    "serviceName": "web", "taskDefinition": "job", "desiredCount": 1,
                    "tags": TAGS, **members,
                },
            )["service"],
        )

    def services(self):
        self.service()
        daemon = {"schedulingStrategy": "DAEMON", "launchType": "EXTERNAL"}
        return self.once(
            "services",
            lambda: self.do(
                "CreateService", {"serviceName": "zeal", "taskDefinition": "job", **daemon}
            ),
        )

    def deployments(self):
        self.service()
        self.once(
            "deployed",
            lambda: self.do("UpdateService", {"service": "web", "forceNewDeployment": True}),
        )
        found = self.do("ListServiceDeployments", {"service": "web"})["serviceDeployments"]
        return [deployment["serviceDeploymentArn"] for deployment in found]

    def sets(self):
        self.definition()

        def make():
            self.do(
                "CreateService",
                {
                    "serviceName": "outer", "desiredCount": 1,
                    "deploymentController": {"type": "EXTERNAL"},
                },
            )
            return [
                self.do(
                    "CreateTaskSet",
                    {
                        "cluster": "default", "service": "outer", "taskDefinition": "job",
                        "tags": TAGS,
                    },
                )["taskSet"]["id"]
                for _ in range(2)
            ]

        return self.once("sets", make)

    def instance(self, name="i-1"):
        self.cluster()
        return self.once(
            name,
            lambda: self.do(
                "RegisterContainerInstance",
                {
                    "instanceIdentityDocument": json.dumps({"instanceId": name}),
                    "tags": TAGS,
                    "attributes": [{"name": "rack", "value": "7" if name == "i-1" else "8"}],
                },
            )["containerInstance"]["containerInstanceArn"],
        )

    def instances(self):
        return [self.instance(), self.instance("i-2")]

    def daemon_definitions(self):
        agent = {"family": "agent", "containerDefinitions": [CONTAINER]}
        return self.once(
            "agents",
            lambda: [
                self.do("RegisterDaemonTaskDefinition", agent)["daemonTaskDefinitionArn"]
                for _ in range(2)
            ],
        )

    def daemon(self, name="log", provider="red"):
        self.providers()
        return self.once(
            name,
            lambda: self.do(
                "CreateDaemon",
                {
                    "daemonName": name, "capacityProviderArns": [provider],
                    "daemonTaskDefinitionArn": self.daemon_definitions()[0],
                },
            ),
        )

    def daemons(self):
        return [self.daemon(), self.daemon("mesh", "blue")]

    def settings(self):
        def make():
            for name in ("containerInsights", "awsvpcTrunking"):
                self.do("PutAccountSetting", {"name": name, "value": "enabled"})

        return self.once("settings", make)

    def tags(self, arn):
        self.do("TagResource", {"resourceArn": arn, "tags": [{"key": "team", "value": "blue"}]})
        return arn


class Town(World):
    """The region where a worker runs tasks: one for all."""

    one = None

    def __init__(self):
        super().__init__("us-east-1")

    @classmethod
    def shared(cls):
        cls.one = cls.one or cls()
        return cls.one

    def running(self, **members):
        self.definition()
        request = {
            "taskDefinition": "job", "tags": TAGS, "enableExecuteCommand": True, **members,
        }
        (task,) = self.do("RunTask", request)["tasks"]

        def runs():
            (seen,) = self.do("DescribeTasks", {"tasks": [task["taskArn"]]})["tasks"]
            return seen["lastStatus"] == "RUNNING"

        eventually("a task runs", runs)
        return task["taskArn"]

    def task(self):
        return self.once("task", lambda: self.running(startedBy="me", group="mine"))

    def tasks(self):
        self.task()
        self.once("other", lambda: self.running())
        self.service_task()
        return self.task()

    def service_task(self):
        self.service()

        def runs():
            tasks = self.do("ListTasks", {"serviceName": "web"})["taskArns"]
            seen = self.do("DescribeTasks", {"tasks": tasks})["tasks"] if tasks else []
            return [t["taskArn"] for t in seen if t["lastStatus"] == "RUNNING"]

        return self.once("service task", lambda: eventually("the service runs", runs)[0])

    def machine(self):
        return self.do("ListContainerInstances", {})["containerInstanceArns"][0]

    def abilities(self):
        """The names of the worker's attributes."""

        def ask():
            self.cluster()
            (seen,) = self.do(
                "DescribeContainerInstances", {"containerInstances": [self.machine()]}
            )["containerInstances"]
            return [attribute["name"] for attribute in seen["attributes"]]

        return self.once("abilities", ask)

    def sweep(self):
        """Ends the tasks that a case started."""
        kept = {self.made.get(key) for key in ("task", "other", "service task")}
        for arn in self.do("ListTasks", {})["taskArns"]:
            if arn not in kept:
                self.do("StopTask", {"task": arn})
