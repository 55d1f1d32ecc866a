import FoundationEssentials
import Glibc
import Model
import Runtimes
import Testing

extension RuntimesTests {
    /// With real files, programs and processes.
    @Suite struct Sources {
        private static let secret = "arn:aws:secretsmanager:eu-central-1:1:secret:db-AbCdEf"

        /// A folder of files of variables or of secrets.
        private func folder(
            _ fixture: Fixture, _ files: [String: String]
        ) throws -> String {
            let folder = fixture.dataFolder + "/given"
            for (name, text) in files {
                let path = "\(folder)/\(name)"
                try FileManager.default.createDirectory(
                    atPath: String(path[..<(path.lastIndex(of: "/") ?? path.endIndex)]),
                    withIntermediateDirectories: true)
                try Data(text.utf8).write(to: URL(filePath: path))
            }
            return folder
        }

        private func program(_ fixture: Fixture, _ script: String) throws -> SecretProvider {
            let path = fixture.dataFolder + "/provider"
            try Data("#!/bin/sh\n\(script)\n".utf8).write(to: URL(filePath: path))
            chmod(path, 0o755)
            return .command(path)
        }

        /// What a container's environment has of some variables.
        private func environment(
            _ setup: ContainerSetup, _ sources: EnvironmentSources, in fixture: Fixture,
            own: [EnvironmentVariable] = []
        ) async throws -> [String] {
            let agent = try await fixture.agent(sources: sources)
            let spec = TaskSpec.shell("env | sed -n /^X_/p | sort", environment: own) {
                $0.setup = setup
            }
            try await agent.run(spec)
            #expect(try await agent.exit(of: spec.key).code == 0)
            return try fixture.output(spec.key).split(separator: "\n").map { String($0) }
        }

        private func refused(
            _ setup: ContainerSetup, _ sources: EnvironmentSources, in fixture: Fixture
        ) async throws -> String {
            let agent = try await fixture.agent(sources: sources)
            let error = await refusal { () throws(RuntimeError) in
                try await agent.runtime.prepare(.shell("true") { $0.setup = setup })
            }
            #expect(try await agent.runtime.list() == [])
            return try #require(error).reason
        }

        @Test func `the definition's environment wins over files, and of those the first`()
            async throws
        {
            let fixture = try Fixture()
            let files = try folder(
                fixture,
                [
                    "bucket/a.env":
                        "# X_NO=1\nX_A=first\r\nX_B= \"as it is\" = \nX_EMPTY=\n=x\nword\n",
                    "bucket/deep/b.env": "X_A=second\nX_C=old\nX_C=new\nX_OWN=file",
                ])
            let setup = ContainerSetup(environmentFiles: [
                "arn:aws:s3:::bucket/a.env", "arn:aws:s3:::bucket/deep/b.env",
            ])
            let variables = try await environment(
                setup, EnvironmentSources(files: files), in: fixture,
                own: [EnvironmentVariable(name: "X_OWN", value: "definition")])
            #expect(
                variables
                    == ["X_A=first", "X_B= \"as it is\" = ", "X_C=new", "X_OWN=definition"])
        }

        @Test func `a name that ends like AWS's suffix is not another secret's`() async throws {
            let fixture = try Fixture()
            let secrets = SecretProvider.files(try folder(fixture, ["db": "of another"]))
            let arn = "arn:aws:secretsmanager:eu-central-1:1:secret:db-passwd"
            let reason = try await refused(
                ContainerSetup(secrets: [NamedValue("X_A", arn)]),
                EnvironmentSources(secrets: secrets), in: fixture)
            #expect(reason.contains("there is no file db-passwd in"))
        }

        @Test(arguments: [
            ("arn:aws:s3:::bucket/missing.env", "there is no file"),
            ("arn:aws:s3:::bucket/../secret.env", "names no file below"),
            ("arn:aws:s3:::bucket/link.env", "leads out of"),
            ("arn:aws:s3:::bucket/pipe.env", "is no file"),
            ("https://example.org/a.env", "no ARN"),
        ])
        func `a file that can't be had stops the task, and none is read outside the folder`(
            arn: String, words: String
        ) async throws {
            let fixture = try Fixture()
            let files = try folder(fixture, ["bucket/a.env": "A=b"])
            try Data("A=b".utf8).write(to: URL(filePath: fixture.dataFolder + "/secret.env"))
            symlink("../../secret.env", files + "/bucket/link.env")
            mkfifo(files + "/bucket/pipe.env", 0o600)
            let reason = try await refused(
                ContainerSetup(environmentFiles: [arn]), EnvironmentSources(files: files),
                in: fixture)
            #expect(reason.hasPrefix("ResourceInitializationError: failed to download env files: "))
            #expect(reason.contains(words))
        }

        @Test func `secrets come from files by the names of parameters and secrets`() async throws {
            let fixture = try Fixture()
            let files = try folder(
                fixture,
                [
                    "token": "t0ken\n", "deep/parameter": "two\nlines\n",
                    "db": #"{"user": "app", "port": 5432, "tls": true}"#,
                ])
            let setup = ContainerSetup(secrets: [
                NamedValue("X_NAME", "token"), NamedValue("X_PATH", "/deep/parameter"),
                NamedValue("X_ARN", "arn:aws:ssm:eu-central-1:1:parameter/token"),
                NamedValue("X_USER", Self.secret + ":user::"),
                NamedValue("X_PORT", Self.secret + ":port"),
                NamedValue("X_TLS", Self.secret + ":tls::"),
            ])
            let variables = try await environment(
                setup, EnvironmentSources(secrets: .files(files)), in: fixture)
            #expect(
                variables == [
                    "X_ARN=t0ken", "X_NAME=t0ken", "X_PATH=two", "X_PORT=5432", "X_TLS=true",
                    "X_USER=app",
                ])
        }

        @Test func `a program is asked for a secret once, and its value is in no record`()
            async throws
        {
            let fixture = try Fixture()
            let log = fixture.dataFolder + "/asked"
            let provider = try program(fixture, "echo \"$1\" >>\(log); printf 'hu%s' sh")
            let agent = try await fixture.agent(sources: EnvironmentSources(secrets: provider))
            let spec = TaskSpec.shell("test ${#X} = 4 && exec sleep 600") {
                $0.setup = ContainerSetup(secrets: [NamedValue("X", Self.secret + ":::")])
            }
            try await agent.run(spec)
            #expect(try String(contentsOfFile: log, encoding: .utf8) == Self.secret + "\n")
            let spelled = try String(
                contentsOfFile: "\(fixture.dataFolder)/tasks/\(spec.id)/spec.json", encoding: .utf8)
            #expect(spelled.contains(Self.secret) && !spelled.contains("hush"))
            // What the supervisor reads has it, for the worker's user alone.
            var info = stat()
            #expect(stat(fixture.folder(of: spec.key) + "/launch", &info) == 0)
            #expect(info.st_mode & 0o777 == 0o600)
            // Its successor gets what it needs anew, when it needs it.
            let other = TaskSpec.shell("test ${#X} = 4") {
                $0.setup = spec.containers[0].setup
            }
            try await agent.runtime.prepare(other)
            let next = try await fixture.agent(sources: EnvironmentSources(secrets: provider))
            _ = try await next.runtime.list()
            _ = try await next.runtime.start(other.key)
            #expect(try await next.exit(of: other.key).code == 0)
        }

        @Test func `a program that is slow after the agent's return holds up no other task`()
            async throws
        {
            let fixture = try Fixture()
            let gate = fixture.dataFolder + "/gate"
            let quick = try program(fixture, "echo x")
            let spec = TaskSpec.shell("true") {
                $0.setup = ContainerSetup(secrets: [NamedValue("X", Self.secret)])
            }
            // On the same lane.
            var other = TaskSpec.shell("exec sleep 600")
            other.id = TaskID(high: spec.id.high ^ 1, low: spec.id.low)
            do {
                let agent = try await fixture.agent(sources: EnvironmentSources(secrets: quick))
                for spec in [other, spec] { try await agent.runtime.prepare(spec) }
            }
            mkfifo(gate, 0o600)
            let slow = try program(fixture, "cat \(gate)")
            let agent = try await fixture.agent(sources: EnvironmentSources(secrets: slow))
            _ = try await agent.runtime.list()
            async let started = agent.runtime.start(spec.key)
            _ = try await agent.runtime.start(other.key)
            // Only now: whoever opens it waits for the program.
            try Data("late".utf8).write(to: URL(filePath: gate))
            _ = try await started
            #expect(try await agent.exit(of: spec.key).code == 0)
            try await agent.runtime.remove(other.id)
        }

        @Test(arguments: [
            ("exit 3", "ended with exit code 3"),
            ("yes sensitive", "did not end within"),
            ("printf 'a\\377'", "is not text"),
            ("echo sensitive", "no JSON object"),
            ("echo '{\"other\": \"sensitive\"}'", "has no member key"),
        ])
        func `a secret that can't be had stops the task, and the reason has no value`(
            script: String, words: String
        ) async throws {
            let fixture = try Fixture()
            let provider = try program(fixture, script)
            let reason = try await refused(
                ContainerSetup(secrets: [NamedValue("X", Self.secret + ":key::")]),
                EnvironmentSources(secrets: provider), in: fixture)
            #expect(reason.hasPrefix("ResourceInitializationError: unable to pull secrets"))
            #expect(reason.contains(words) && !reason.contains("sensitive"), "\(reason)")
        }

        @Test(arguments: [
            (Self.secret + "::AWSPREVIOUS:", "asks for a version"),
            (Self.secret + ":::4711", "asks for a version"),
            ("arn:aws:s3:::bucket/key", "neither a secret"), ("", "is empty"),
            ("../spec", "names no file below"), ("missing", "there is no file missing"),
        ])
        func `what names no secret is refused with a sentence`(
            valueFrom: String, words: String
        ) async throws {
            let fixture = try Fixture()
            let files = try folder(fixture, ["db": "x"])
            let reason = try await refused(
                ContainerSetup(secrets: [NamedValue("X", valueFrom)]),
                EnvironmentSources(secrets: .files(files)), in: fixture)
            #expect(reason.contains(words), "\(reason)")
        }

        @Test func `a worker claims what it was given a source for`() async throws {
            let fixture = try Fixture()
            let plain = try await fixture.agent().runtime.attributes.map(\.name)
            let given = try await fixture.agent(
                sources: EnvironmentSources(files: "/x", secrets: .files("/x"))
            ).runtime.attributes.map(\.name)
            #expect(
                Set(given).subtracting(plain) == [
                    "ecs.capability.env-files.s3",
                    "ecs.capability.secrets.asm.environment-variables",
                    "ecs.capability.secrets.ssm.environment-variables",
                ])
        }

        @Test func `processes are refused what they can't be given`() async throws {
            let fixture = try Fixture()
            let labelled = ContainerSetup(labels: [NamedValue("team", "a")])
            #expect(
                try await environment(labelled, EnvironmentSources(), in: try Fixture()) == [])
            let reason = try await refused(
                ContainerSetup(mounts: [Mount(volume: Volume(name: "v"), path: "/v")]),
                EnvironmentSources(), in: fixture)
            #expect(reason.contains("volumes") && reason.contains("containerd"))
        }
    }
}
