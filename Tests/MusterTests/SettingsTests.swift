import ArgumentParser
import Model
import Runtimes
import Testing
import Worker

@testable import muster

@Suite("Settings: flags, environment, file, defaults")
struct SettingsTests {
    let home = Home("/home/someone/.muster")
    let machine = Machine(
        name: "box", resources: Resources(cpu: 2_048, memory: 4_096, tcpPorts: [22]))

    func manager(
        _ flags: [Key: String?] = [:], environment: [String: String] = [:], file: String = ""
    ) throws(Failure) -> ManagerPlan {
        var layers = Layers(flags: flags, environment: environment)
        layers.file = try ConfigurationFile(
            path: "m.yaml", text: file, keys: ManagerPlan.Keys.all)
        return try ManagerPlan(layers, home: home)
    }

    func worker(
        _ flags: [Key: String?] = [:], environment: [String: String] = [:], file: String = ""
    ) throws(Failure) -> WorkerPlan {
        var layers = Layers(flags: flags, environment: environment)
        layers.file = try ConfigurationFile(path: "w.yaml", text: file, keys: WorkerPlan.Keys.all)
        return try WorkerPlan(layers, home: home, machine: machine)
    }

    func failure(_ body: () throws(Failure) -> some Any) -> Failure? {
        do {
            _ = try body()
            return nil
        } catch {
            return error
        }
    }

    @Test("A manager that is told nothing listens on loopback with the documented defaults")
    func defaults() throws {
        let plan = try manager()
        #expect(plan.data == "/home/someone/.muster/manager")
        #expect(plan.api.description == "127.0.0.1:4566")
        #expect(plan.workers.description == "127.0.0.1:4567")
        #expect(plan.region == "us-east-1" && plan.account == "000000000000")
        #expect(plan.heartbeat == .seconds(1) && plan.lease == .seconds(3))
        #expect(plan.healthyAfter == nil && !plan.isStrict)
    }

    @Test("Strict mode is a flag, a variable or a line of the file, and leaves what is said alone")
    func strict() throws {
        #expect(try manager([ManagerPlan.Keys.strictAWS: "true"]).isStrict)
        #expect(try manager(environment: ["MUSTER_STRICT_AWS": "1"]).isStrict)
        let plan = try manager(file: "strict-aws: true\nhealthy-after: 3s\n")
        #expect(plan.isStrict && plan.healthyAfter == .seconds(3))
        let up = try UpPlan(
            try UpVerb.parse(["--strict-aws"]), environment: [:], machine: machine)
        #expect(up.managerArguments(nil).contains("--strict-aws"))
    }

    @Test("muster up hands its workers where variables and secrets come from, by whole paths")
    func upSources() throws {
        let up = try UpPlan(
            try UpVerb.parse(["--environment-files", "/e/../f", "--secrets-from", "file:/s"]),
            environment: [:], machine: machine)
        let arguments = up.worker("worker-1", manager: "127.0.0.1:1").arguments
        #expect(arguments.contains("/f") && arguments.contains("file:/s"))
        #expect(throws: Failure.self) {
            try UpPlan(
                try UpVerb.parse(["--secrets-from", "vault"]), environment: [:], machine: machine)
        }
    }

    @Test("What containers use is measured as often as is said; the metadata endpoint can be off")
    func measuring() throws {
        let plan = try worker()
        #expect(plan.usagePeriod == .seconds(10) && plan.servesMetadata)
        let other = try worker(file: "usage-period: 2s\nno-metadata: true\n")
        #expect(other.usagePeriod == .seconds(2) && !other.servesMetadata)
        #expect(
            failure { () throws(Failure) in
                try worker([WorkerPlan.Keys.usagePeriod: "1m"])
            } != nil)
    }

    @Test("A webhook is an address, whose secrets are not shown")
    func webhook() throws {
        #expect(try manager().webhook == nil)
        let plan = try manager([ManagerPlan.Keys.webhook: "https://example.com/hook?key=1"])
        #expect(plan.webhook.map { "\($0)" } == "https://example.com")
        let wrong = failure { () throws(Failure) in
            try manager(environment: ["MUSTER_EVENTS_WEBHOOK": "example.com"])
        }
        #expect(wrong?.code == .usage)
        #expect(wrong?.message.contains("MUSTER_EVENTS_WEBHOOK") == true)
    }

    @Test("Flags win over the environment, that over the file, that over the default")
    func precedence() throws {
        let file = "region: eu-file-1\nlease: 7s\naccount-id: 000000000007\n"
        let environment = ["MUSTER_REGION": "eu-env-1", "MUSTER_LEASE": "8s"]
        let plan = try manager(
            [ManagerPlan.Keys.region: "eu-flag-1"], environment: environment, file: file)
        #expect(plan.region == "eu-flag-1")
        #expect(plan.lease == .seconds(8))
        #expect(plan.account == "000000000007")
        #expect(plan.heartbeat == .seconds(1))
    }

    @Test("An empty variable is as good as none")
    func emptyVariable() throws {
        #expect(try manager(environment: ["MUSTER_REGION": ""]).region == "us-east-1")
    }

    @Test("A wrong value is an error that names where it stands")
    func wrongValues() {
        let flag = failure { () throws(Failure) in try manager([ManagerPlan.Keys.lease: "soon"]) }
        #expect(flag?.code == .usage && flag?.message.hasPrefix("--lease: 'soon'") == true)
        let variable = failure { () throws(Failure) in
            try manager(environment: ["MUSTER_ACCOUNT_ID": "12"])
        }
        #expect(variable?.message.contains("MUSTER_ACCOUNT_ID") == true)
        let file = failure { () throws(Failure) in try manager(file: "heartbeat: [1s]") }
        #expect(file?.code == .configuration && file?.message.contains("m.yaml: heartbeat") == true)
    }

    @Test("A worker serves metrics where it is told, on loopback only")
    func metrics() throws {
        #expect(try worker().metrics == nil)
        let plan = try worker(environment: ["MUSTER_METRICS_LISTEN": "[::1]:9100"])
        #expect(plan.metrics == Address(host: "::1", port: 9_100))
        let open = failure { () throws(Failure) in
            try worker([WorkerPlan.Keys.metrics: "0.0.0.0:9100"])
        }
        #expect(open?.code == .usage && open?.message.contains("metrics-listen") == true)
    }

    @Test("A key that the file may not have is an error that names it and all that are known")
    func unknownKey() {
        let failure = failure { () throws(Failure) in try manager(file: "leese: 3s") }
        #expect(failure?.code == .configuration)
        #expect(failure?.message.contains("'leese'") == true)
        #expect(failure?.message.contains("lease") == true)
    }

    @Test("An API that other machines reach needs an access key, or --insecure")
    func insecure() throws {
        let open: [Key: String?] = [ManagerPlan.Keys.api: "0.0.0.0:4566"]
        let plan = try manager(open)
        #expect(plan.demandsAccessKey)
        #expect(plan.noAccessKey.code == .usage)
        #expect(plan.noAccessKey.message.contains("--insecure"))
        #expect(plan.noAccessKey.message.contains("muster key create --data \(plan.data)"))
        #expect(try !manager(open, file: "insecure: true").demandsAccessKey)
        #expect(try !manager([ManagerPlan.Keys.api: "[::1]:4566"]).demandsAccessKey)
        #expect(try !manager([:]).demandsAccessKey)
    }

    @Test("A manager forgets everything only where it is told that it may")
    func testReset() throws {
        #expect(try !manager([:]).allowsReset)
        #expect(try manager(file: "enable-test-reset: true").allowsReset)
        #expect(try manager([:], environment: ["MUSTER_ENABLE_TEST_RESET": "1"]).allowsReset)
    }

    @Test("The port for workers is open to other machines with TLS alone, or --insecure")
    func workerPort() throws {
        let open: [Key: String?] = [ManagerPlan.Keys.workers: "0.0.0.0:4567"]
        #expect(try manager(open).tls)
        let failure = failure { () throws(Failure) in
            try manager(open, environment: ["MUSTER_NO_TLS": "yes"])
        }
        #expect(failure?.code == .usage && failure?.message.contains("--no-tls") == true)
        #expect(try !manager(open, file: "insecure: true\nno-tls: true").tls)
        #expect(try !manager(file: "no-tls: true").tls)
    }

    @Test("A worker's certificate lives a day, or as long as it is told")
    func certificateLife() throws {
        #expect(try manager().certificateLife == .seconds(86_400))
        #expect(try manager(file: "worker-certificate-life: 10s").certificateLife == .seconds(10))
        let failure = failure { () throws(Failure) in
            try manager(file: "worker-certificate-life: 9s")
        }
        #expect(failure?.message.contains("from 10s") == true)
    }

    @Test("A worker's token comes from one place, a file or the text itself")
    func tokens() throws {
        typealias Keys = WorkerPlan.Keys
        #expect(try worker().security == .mutualTLS(nil))
        #expect(try worker([Keys.token: "t"]).security == .mutualTLS(.text("t")))
        let environment = ["MUSTER_JOIN_TOKEN": "e"]
        #expect(try worker(environment: environment).security == .mutualTLS(.text("e")))
        let file = try worker([Keys.tokenFile: "/t"], environment: environment)
        #expect(file.security == .mutualTLS(.file("/t")))
        let named = try worker(environment: ["MUSTER_JOIN_TOKEN_FILE": "/e"], file: "token: f")
        #expect(named.security == .mutualTLS(.file("/e")))
        #expect(try worker(environment: environment, file: "no-tls: true").security == .plaintext)
    }

    @Test("A token on the command line is not written down with it")
    func secrets() {
        let words = ["muster", "worker", "--token", "s3", "--name", "w", "--token=s4"]
        #expect(Shell.withoutSecrets(words) == ["muster", "worker", "--name", "w"])
        #expect(Shell.withoutSecrets(["--token-file", "f"]) == ["--token-file", "f"])
    }

    @Test("A lease needs room for heartbeats")
    func lease() {
        let failure = failure { () throws(Failure) in
            try manager([ManagerPlan.Keys.heartbeat: "2s"])
        }
        #expect(failure?.message.contains("too short") == true)
    }

    @Test("A worker understands the variables of ECS's agent, after its own")
    func agentVariables() throws {
        let plan = try worker(environment: [
            "ECS_CLUSTER": "blue", "ECS_INSTANCE_ATTRIBUTES": #"{"rack": "a1"}"#,
            "ECS_RESERVED_MEMORY": "96", "ECS_RESERVED_PORTS": "[22, 80]",
            "ECS_CONTAINER_STOP_TIMEOUT": "1m30s", "ECS_DATADIR": "/data",
        ])
        #expect(plan.cluster == "blue" && plan.data == "/data")
        #expect(plan.attributes == [Attribute(name: "rack", value: "a1")])
        #expect(plan.resources == Resources(cpu: 2_048, memory: 4_000, tcpPorts: [22, 80]))
        #expect(plan.stopTimeout == .seconds(90))
        #expect(try worker(environment: ["MUSTER_GPUS": "2"]).resources.gpus == 2)
        let own = try worker(environment: ["ECS_CLUSTER": "blue", "MUSTER_CLUSTER": "green"])
        #expect(own.cluster == "green")
    }

    @Test("A worker's file may hold lists and maps")
    func workerFile() throws {
        let plan = try worker(
            file: "manager: [10.0.0.1:4567, 10.0.0.2:4567]\nattributes: {rack: a1}\nname: w\n")
        #expect(plan.managers.map(\.description) == ["10.0.0.1:4567", "10.0.0.2:4567"])
        #expect(plan.attributes == [Attribute(name: "rack", value: "a1")])
        #expect(plan.data == "/home/someone/.muster/workers/w")
    }

    @Test("A worker that is told nothing joins `default` under the machine's name")
    func workerDefaults() throws {
        let plan = try worker()
        #expect(plan.name == "box" && plan.cluster == "default" && plan.region.isEmpty)
        #expect(plan.resources == machine.resources)
        #expect(!plan.stopsTasks)
        #expect(plan.runtime == .process)
        let runtime = failure { () throws(Failure) in
            try worker([WorkerPlan.Keys.runtime: "docker"])
        }
        #expect(runtime?.message.contains("process") == true)
    }

    @Test("A worker is told where files of variables and secrets come from")
    func sources() throws {
        #expect(try worker([:]).sources == EnvironmentSources())
        let plan = try worker(
            [
                WorkerPlan.Keys.environmentFiles: "/srv/env",
                WorkerPlan.Keys.secretsFrom: "file:/srv",
            ]
        )
        #expect(plan.sources == EnvironmentSources(files: "/srv/env", secrets: .files("/srv")))
        let asked = try worker([:], environment: ["MUSTER_SECRETS_FROM": "command:/bin/get"])
        #expect(asked.sources.secrets == .command("/bin/get"))
        for wrong in ["/srv", "file:", "vault:/srv"] {
            #expect(
                failure { () throws(Failure) in try worker([WorkerPlan.Keys.secretsFrom: wrong]) }
                    != nil)
        }
    }

    @Test("A worker of the runtime containerd is told its socket, and when to fetch images")
    func containerd() throws {
        let plan = try worker([WorkerPlan.Keys.runtime: "containerd"])
        #expect(plan.runtime == .containerd("/run/containerd/containerd.sock"))
        #expect(plan.pulls == .default)
        let named = try worker(
            [WorkerPlan.Keys.runtime: "containerd:///tmp/c.sock"],
            environment: ["ECS_IMAGE_PULL_BEHAVIOR": "prefer-cached"])
        #expect(named.runtime == .containerd("/tmp/c.sock") && named.pulls == .preferCached)
        for wrong: [Key: String?] in [
            [WorkerPlan.Keys.runtime: "containerd://c.sock"], [WorkerPlan.Keys.pulls: "never"],
            [WorkerPlan.Keys.runtime: "containerd", WorkerPlan.Keys.gpus: "1"],
            [WorkerPlan.Keys.runtime: "containerd", WorkerPlan.Keys.imageMap: "m.yaml"],
        ] {
            #expect(failure { () throws(Failure) in try worker(wrong) } != nil)
        }
    }
}
