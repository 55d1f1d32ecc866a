/// A definition with each member of ECS's service model, and what there is to say that can't be
/// found by registering it.
enum FeatureSamples {
    /// Of `ContainerDefinition`.
    static let container: KeyValuePairs = [
        "name": #""other""#, "image": #""busybox""#,
        "repositoryCredentials": #"{"credentialsParameter": "arn:aws:ssm:r:1:parameter/p"}"#,
        "cpu": "10", "memory": "128", "memoryReservation": "32", "links": #"["side"]"#,
        "portMappings": #"[{"containerPort": 80}]"#, "essential": "false",
        "restartPolicy": #"{"enabled": true}"#, "entryPoint": #"["sh"]"#,
        "command": #"["x"]"#, "environment": #"[{"name": "A", "value": "b"}]"#,
        "environmentFiles": #"[{"type": "s3", "value": "arn:aws:s3:::b/a.env"}]"#,
        "mountPoints": #"[{"sourceVolume": "v", "containerPath": "/v"}]"#,
        "volumesFrom": #"[{"sourceContainer": "side"}]"#,
        "secrets": #"[{"name": "A", "valueFrom": "parameter"}]"#,
        "dependsOn": #"[{"containerName": "side", "condition": "START"}]"#,
        "startTimeout": "10", "stopTimeout": "10", "versionConsistency": #""disabled""#,
        "hostname": #""h""#, "user": #""1000""#, "workingDirectory": #""/srv""#,
        "disableNetworking": "true", "privileged": "true", "readonlyRootFilesystem": "true",
        "dnsServers": #"["10.0.0.2"]"#, "dnsSearchDomains": #"["example.org"]"#,
        "extraHosts": #"[{"hostname": "db", "ipAddress": "10.0.0.3"}]"#,
        "dockerSecurityOptions": #"["no-new-privileges"]"#, "interactive": "true",
        "pseudoTerminal": "true", "dockerLabels": #"{"team": "a"}"#,
        "ulimits": #"[{"name": "nofile", "softLimit": 9, "hardLimit": 9}]"#,
        "logConfiguration": #"{"logDriver": "json-file"}"#,
        "healthCheck": #"{"command": ["CMD", "true"]}"#,
        "systemControls": #"[{"namespace": "net.core.somaxconn", "value": "9"}]"#,
        "resourceRequirements": #"[{"type": "GPU", "value": "1"}]"#,
        "firelensConfiguration": #"{"type": "fluentbit"}"#,
        "credentialSpecs": #"["credentialspec:arn:aws:s3:::b/c"]"#,
    ]

    /// Of `LinuxParameters`.
    static let linux: KeyValuePairs = [
        "capabilities": #"{"add": ["NET_ADMIN"], "drop": ["CHOWN"]}"#,
        "devices": #"[{"hostPath": "/dev/null"}]"#, "initProcessEnabled": "true",
        "sharedMemorySize": "64", "tmpfs": #"[{"containerPath": "/t", "size": 8}]"#,
        "maxSwap": "8", "swappiness": "10",
    ]

    private static let join = #"{"credentialsParameter": "p", "domain": "d"}"#

    /// Of `Volume`, in place of what the definition says of its volume.
    static let volume: KeyValuePairs = [
        "host": #"{"sourcePath": "/srv"}"#,
        "dockerVolumeConfiguration": #"{"scope": "shared", "autoprovision": true}"#,
        "efsVolumeConfiguration": #"{"fileSystemId": "fs-1"}"#,
        "s3filesVolumeConfiguration": #"{"fileSystemArn": "arn:aws:s3files:r:1:file-system/fs-1"}"#,
        "fsxWindowsFileServerVolumeConfiguration":
            #"{"fileSystemId": "fs-1", "rootDirectory": "d", "authorizationConfig": \#(join)}"#,
        "configuredAtLaunch": "true",
    ]

    /// Of `DockerVolumeConfiguration`.
    static let docker: KeyValuePairs = [
        "scope": #""shared""#, "autoprovision": #"true, "scope": "shared""#,
        "driver": #""rexray/ebs""#, "driverOpts": #"{"type": "nfs"}"#, "labels": #"{"a": "b"}"#,
    ]

    /// Of `RegisterTaskDefinitionRequest`, beside family, containers and volumes.
    static let task: KeyValuePairs = [
        "taskRoleArn": #""arn:aws:iam::1:role/r""#, "executionRoleArn": #""arn:aws:iam::1:role/r""#,
        "networkMode": #""host""#,
        "placementConstraints": #"[{"type": "memberOf", "expression": "attribute:a exists"}]"#,
        "requiresCompatibilities": #"["EC2"]"#, "cpu": #""256""#, "memory": #""512""#,
        "tags": #"[{"key": "a", "value": "b"}]"#, "pidMode": #""task""#, "ipcMode": #""task""#,
        "proxyConfiguration": #"{"containerName": "side"}, "networkMode": "awsvpc""#,
        "inferenceAccelerators": #"[{"deviceName": "d", "deviceType": "t"}]"#,
        "ephemeralStorage": #"{"sizeInGiB": 30}"#,
        "runtimePlatform": #"{"cpuArchitecture": "ARM64"}"#, "enableFaultInjection": "true",
    ]

    /// Not members of their own, but not alike on runtimes either.
    private static let values: [(String, FeatureTable.Attempt)] = [
        ("task: networkMode awsvpc", .init(task: #", "networkMode": "awsvpc""#)),
        ("task: networkMode none", .init(task: #", "networkMode": "none""#)),
        (
            "hostname, another in each container",
            .init(container: #", "hostname": "a""#, neighbour: #", "hostname": "b""#)
        ),
        (
            "hostname in networkMode host",
            .init(container: #", "hostname": "a""#, task: #", "networkMode": "host""#)
        ),
        (
            "dockerSecurityOptions but no-new-privileges",
            .init(container: #", "dockerSecurityOptions": ["apparmor:p"]"#)
        ),
    ]

    static var all: [(member: String, attempt: FeatureTable.Attempt)] {
        let mount = #""mountPoints": [{"sourceVolume": "v", "containerPath": "/v"}]"#
        let containers = container.map { member, json in
            (
                member,
                FeatureTable.Attempt(
                    container: ", \"\(member)\": \(json)",
                    neighbour: member == "volumesFrom" ? ", \(mount)" : "")
            )
        }
        let parameters = linux.map { member, json in
            let before = member == "swappiness" ? "\"maxSwap\": 8, " : ""
            return (
                "linuxParameters.\(member)",
                FeatureTable.Attempt(
                    container: ", \"linuxParameters\": {\(before)\"\(member)\": \(json)}")
            )
        }
        func volume(_ json: String) -> FeatureTable.Attempt {
            .init(container: ", \(mount)", task: ", \"volumes\": [{\"name\": \"v\", \(json)}]")
        }
        let volumes = self.volume.map { ("volumes.\($0)", volume("\"\($0)\": \($1)")) }
        let dockers = docker.map { member, json in
            (
                "volumes.dockerVolumeConfiguration.\(member)",
                volume("\"dockerVolumeConfiguration\": {\"\(member)\": \(json)}")
            )
        }
        let tasks = task.map { ("task: \($0)", FeatureTable.Attempt(task: ", \"\($0)\": \($1)")) }
        return containers + parameters + tasks + volumes + dockers + values
    }

    private static let noIAM = "without effect: there is no IAM"

    /// By the member, or the member and the runtime: in place of `works`.
    static let notes = [
        "image process": "names the program, by the worker's image map",
        "memory process": "works, where the host has control groups to give",
        "memoryReservation process": "works, where the host has control groups to give",
        "cpu process": "works, where the host has control groups to give",
        "versionConsistency": "without effect: an image is fetched by its tag at each start",
        "dockerLabels process": "without effect: a process has no labels",
        "dockerLabels containerd": "works: labels of the container in containerd",
        "user process": "works, where the worker is root",
        "resourceRequirements process": "counted, and each container sees all GPUs",
        "resourceRequirements containerd": "refused at placement: a worker has no GPUs to give",
        "logConfiguration": "works: `json-file`; each other driver is an attribute of its own",
        "task: taskRoleArn": noIAM, "task: executionRoleArn": noIAM,
        "task: cpu process": "counted at placement; each container has limits of its own",
        "task: memory process": "counted at placement; each container has limits of its own",
        "task: requiresCompatibilities": "without effect but on what is checked at registration",
        "volumes.dockerVolumeConfiguration.labels": "without effect: a volume is a folder",
    ]
}
