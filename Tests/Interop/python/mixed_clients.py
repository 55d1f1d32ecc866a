"""Clients that do mixed work on shared objects, each of which checks what it has just written."""

import random
import threading
import time
from collections import Counter, defaultdict

from botocore.exceptions import ClientError

from support import container, definition, ecs_client

FAMILIES = ["mix-a", "mix-b", "mix-c"]
# A task of few bytes, and one that runs until it is stopped.
SLEEPER = "sleeper"
TOKENS = 12
CLIENTS_PER_INSTANCE = 10
# Each of these members of the common service is written by one client alone.
COMMON_MEMBERS = [
    lambda n: {"desiredCount": n % 3},
    lambda n: {"deploymentConfiguration": {"maximumPercent": 150 + n % 50}},
    lambda n: {"deploymentConfiguration": {"minimumHealthyPercent": n % 50}},
    lambda n: {"healthCheckGracePeriodSeconds": 1 + n},
    lambda n: {"enableECSManagedTags": n % 2 == 0},
    lambda n: {"propagateTags": ("SERVICE", "TASK_DEFINITION")[n % 2]},
    lambda n: {"placementStrategy": [{"type": "spread", "field": ("instanceId", "attribute:z")[n % 2]}]},
    lambda n: {"deploymentConfiguration": {"deploymentCircuitBreaker": {
        "enable": n % 2 == 0, "rollback": n % 2 == 0}}},
]


class Shared:
    """What all clients know together."""

    def __init__(self, cluster_arn, instances):
        self.lock = threading.Lock()
        self.cluster_arn = cluster_arn
        self.instances = instances
        self.calls = Counter()
        self.problems = []
        self.revisions = defaultdict(list)
        self.tokens = {}
        self.refused = Counter()

    def first(self, key, value):
        """The value that the first client to come saw."""
        with self.lock:
            return self.tokens.setdefault(key, value)


def covers(shown, written):
    """Whether every member that was written is shown with its value."""
    if isinstance(written, dict):
        return all(covers(shown.get(key), value) for key, value in written.items())
    return shown == written


class MixedClient(threading.Thread):
    """One of many; its choices come from its number."""

    def __init__(self, number, shared, until):
        super().__init__(name=f"client-{number}")
        self.number, self.shared, self.until = number, shared, until
        self.chance = random.Random(number)
        self.ecs = ecs_client()
        self.turn = 0
        self.task = None
        self.services = set()
        self.tags = {}
        self.attribute = None
        self.member = {}

    def run(self):
        works = [
            (self.run_or_stop, 3), (self.same_token, 2), (self.own_service, 3), (self.register, 4),
            (self.tag, 4), (self.put_attribute, 4), (self.same_service, 1), (self.look, 4),
        ]
        if self.number < len(COMMON_MEMBERS):
            works.append((self.update_common, 6))
        names, weights = zip(*works)
        while time.monotonic() < self.until and not self.shared.problems:
            self.turn += 1
            (work,) = self.chance.choices(names, weights)
            try:
                work()
            except Exception as error:  # whatever it is, the test tells of it
                self.shared.problems.append(f"{self.name}, {work.__name__}: {error!r}")

    def call(self, operation, **arguments):
        with self.shared.lock:
            self.shared.calls[operation] += 1
        return getattr(self.ecs, operation)(**arguments)

    # Works

    def run_or_stop(self):
        if self.task is None:
            made = self.call("run_task", taskDefinition=SLEEPER, startedBy=self.name)
            assert not made["failures"], made["failures"]
            self.task = made["tasks"][0]["taskArn"]
        else:
            self.call("stop_task", task=self.task, reason="enough")
            (seen,) = self.call("describe_tasks", tasks=[self.task])["tasks"]
            assert seen["desiredStatus"] == "STOPPED", seen
            assert seen["stoppedReason"] == "enough", seen
            self.task = None
            return
        (seen,) = self.call("describe_tasks", tasks=[self.task])["tasks"]
        assert seen["desiredStatus"] == "RUNNING", seen
        assert self.task in self.call("list_tasks", startedBy=self.name)["taskArns"]

    def same_token(self):
        """Whoever comes with a token gets the task that the first got."""
        token = f"token-{self.chance.randrange(TOKENS)}"
        made = self.call(
            "run_task", taskDefinition=SLEEPER, clientToken=token, startedBy=token,
        )
        (task,) = made["tasks"]
        first = self.shared.first(token, task["taskArn"])
        assert task["taskArn"] == first, f"{token} ran {first} and {task['taskArn']}"

    def same_service(self):
        made = self.call(
            "create_service", serviceName="shared", taskDefinition=SLEEPER, desiredCount=0,
            clientToken="shared",
        )["service"]
        first = self.shared.first("service", made["createdAt"])
        assert made["createdAt"] == first, "the same token made a service twice"

    def own_service(self):
        name = f"own-{self.number}-{self.chance.randrange(2)}"
        if name in self.services:
            count = self.turn % 2
            self.call("update_service", service=name, desiredCount=count)
            (seen,) = self.call("describe_services", services=[name])["services"]
            assert seen["desiredCount"] == count, seen
            if self.chance.random() < 0.5:
                self.call("delete_service", service=name, force=True)
                self.services.remove(name)
                (seen,) = self.call("describe_services", services=[name])["services"]
                assert seen["status"] in ("DRAINING", "INACTIVE"), seen
            return
        try:
            made = self.call(
                "create_service", serviceName=name, taskDefinition=SLEEPER, desiredCount=0,
                tags=[{"key": "turn", "value": str(self.turn)}],
            )["service"]
        except ClientError as error:
            # Its tasks of before have not all stopped.
            assert "Draining" in str(error), error
            self.shared.refused["service still draining"] += 1
            return
        self.services.add(name)
        (seen,) = self.call("describe_services", services=[name], include=["TAGS"])["services"]
        assert seen["status"] == "ACTIVE" and seen["createdAt"] == made["createdAt"], seen
        assert seen["tags"] == [{"key": "turn", "value": str(self.turn)}], seen

    def register(self):
        family = self.chance.choice(FAMILIES)
        mark = f"{self.number}.{self.turn}"
        main = container("main", "true", environment=[{"name": "MARK", "value": mark}])
        made = self.call("register_task_definition", **definition(family, main))
        revision = made["taskDefinition"]["revision"]
        with self.shared.lock:
            self.shared.revisions[family].append(revision)
        seen = self.call("describe_task_definition", taskDefinition=f"{family}:{revision}")
        environment = seen["taskDefinition"]["containerDefinitions"][0]["environment"]
        assert environment == [{"name": "MARK", "value": mark}], environment
        newest = self.call("describe_task_definition", taskDefinition=family)
        assert newest["taskDefinition"]["revision"] >= revision

    def tag(self):
        """One key of its own on what all have."""
        arn = self.chance.choice([self.shared.cluster_arn, *self.shared.instances])
        key = f"c{self.number}"
        if arn in self.tags and self.chance.random() < 0.3:
            self.call("untag_resource", resourceArn=arn, tagKeys=[key])
            del self.tags[arn]
        else:
            value = str(self.turn)
            self.call("tag_resource", resourceArn=arn, tags=[{"key": key, "value": value}])
            self.tags[arn] = value
        self.check_tags(arn)

    def check_tags(self, arn):
        seen = self.call("list_tags_for_resource", resourceArn=arn)["tags"]
        own = [tag["value"] for tag in seen if tag["key"] == f"c{self.number}"]
        assert own == ([self.tags[arn]] if arn in self.tags else []), (own, self.tags.get(arn))

    def put_attribute(self):
        arn = self.shared.instances[self.number // CLIENTS_PER_INSTANCE]
        name = f"c{self.number}"
        if self.attribute and self.chance.random() < 0.3:
            self.call("delete_attributes", attributes=[{"name": name, "targetId": arn}])
            self.attribute = None
        else:
            self.attribute = str(self.turn)
            one = {"name": name, "value": self.attribute, "targetId": arn}
            self.call("put_attributes", attributes=[one])
        self.check_attribute()

    def check_attribute(self):
        seen = self.call(
            "list_attributes", targetType="container-instance", attributeName=f"c{self.number}"
        )["attributes"]
        own = [attribute["value"] for attribute in seen]
        assert own == ([self.attribute] if self.attribute else []), (own, self.attribute)

    def update_common(self):
        """Writes a member that nobody else writes, and looks at it twice."""
        self.check_common()
        self.member = COMMON_MEMBERS[self.number](self.turn)
        self.call("update_service", service="common", **self.member)
        self.check_common()

    def check_common(self):
        if self.member:
            (seen,) = self.call("describe_services", services=["common"])["services"]
            assert covers(seen, self.member), f"{self.member} was lost: {seen}"

    def look(self):
        operation, arguments = self.chance.choice([
            ("describe_clusters", {"include": ["STATISTICS", "TAGS"]}),
            ("list_services", {"maxResults": 100}),
            ("list_tasks", {}),
            ("list_task_definitions", {"familyPrefix": FAMILIES[0], "sort": "DESC"}),
            ("describe_container_instances", {"containerInstances": self.shared.instances}),
        ])
        self.call(operation, **arguments)
