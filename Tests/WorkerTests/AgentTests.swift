import Model
import Runtimes
import Testing
import Worker

@Suite("An agent with a manager on loopback", .timeLimit(.minutes(1)))
struct AgentTests {
    let manager = ScriptedManager()
    let runtime = FakeRuntime()
    let spec = task(1)
    var web: ContainerKey { ContainerKey(task: spec.id, name: "web") }

    @Test("It registers, runs what it is assigned, reports, and removes what it may forget")
    func wholeWay() async throws {
        let folder = try ScratchFolder()
        let agent = RunningAgent(.test(port: try await manager.start(), folder: folder), runtime)
        let joined = try await manager.state.wait { $0.writer != nil }
        #expect(joined.registrations.first?.name == "worker-1")
        #expect(
            joined.registrations.first?.attributes.contains(
                Attribute(name: "muster.runtime", value: "fake")) == true)
        #expect(try folder.read("identity").contains("\(manager.instance)"))

        try manager.send(.put(Assignment(spec: spec, desired: .running)))
        let id = spec.id
        let running = try await manager.state.wait { $0.newest[id]?.status == .running }
        #expect(running.newest[id]?.containers.first?.networkBindings.first?.hostPort == 40_080)

        runtime.exit(web, code: 3)
        let stopped = try await manager.state.wait { $0.newest[id]?.status == .stopped }
        #expect(stopped.newest[id]?.stopCode == .essentialContainerExited)
        #expect(stopped.newest[id]?.containers.first?.exitCode == 3)

        try manager.send(.forget(id))
        try await runtime.state.wait { $0.calls.last == "remove" }
        try await manager.state.wait { $0.heartbeats.last?.acknowledged == 3 }
        try await agent.stop()
        await manager.stop()
    }

    @Test("What containers use is told as rates, measurement by measurement")
    func usage() async throws {
        let folder = try ScratchFolder()
        manager.state.update { $0.assignments = [Assignment(spec: spec, desired: .running)] }
        var configuration = WorkerConfiguration.test(
            port: try await manager.start(), folder: folder)
        configuration.usagePeriod = .milliseconds(50)
        let agent = RunningAgent(configuration, runtime)
        let id = spec.id
        try await manager.state.wait { $0.newest[id]?.status == .running }
        // The third is of a container that was started again: as with the first there is no rate.
        runtime.state.update { $0.cpuTimes = [1_000_000_000, 3_000_000_000, 0, 2_000_000_000] }
        let told = try await manager.state.wait {
            $0.usages.count { !$0.containers.isEmpty } >= 2
                && $0.usages.last?.containers.isEmpty == true
        }.usages
        #expect(told.map(\.number) == told.map(\.number).sorted())
        let rates = told.flatMap(\.containers)
        #expect(rates.map(\.memory) == [1_000, 1_000])
        #expect(rates.allSatisfy { $0.cpu > 1_000_000 })
        try await agent.stop()
        await manager.stop()
    }

    @Test("A runtime that can run nothing is told of at once, and that it can again")
    func health() async throws {
        let folder = try ScratchFolder()
        var configuration = WorkerConfiguration.test(
            port: try await manager.start(), folder: folder)
        configuration.examinationPeriod = .milliseconds(20)
        let agent = RunningAgent(configuration, runtime)
        try await manager.state.wait {
            $0.usages.last?.health.map { $0.runtime.fault == nil && $0.disk.fault == nil } == true
        }
        runtime.state.update { $0.fault = "containerd does not answer" }
        try await manager.state.wait {
            $0.usages.last?.health?.runtime.fault == "containerd does not answer"
        }
        runtime.state.update { $0.fault = nil }
        try await manager.state.wait {
            $0.usages.last?.health.map { $0.runtime.fault == nil } == true
        }
        try await agent.stop()
        await manager.stop()
    }

    @Test("An error of the runtime reaches the manager as ECS words it")
    func startError() async throws {
        let folder = try ScratchFolder()
        runtime.state.update {
            $0.startError = RuntimeError(name: "CannotStartContainerError", message: "no such file")
        }
        manager.state.update { $0.assignments = [Assignment(spec: spec, desired: .running)] }
        let agent = RunningAgent(.test(port: try await manager.start(), folder: folder), runtime)
        let id = spec.id
        let stopped = try await manager.state.wait { $0.newest[id]?.status == .stopped }
        #expect(stopped.newest[id]?.stopCode == .taskFailedToStart)
        #expect(
            stopped.newest[id]?.containers.first?.reason
                == "CannotStartContainerError: no such file")
        try await agent.stop()
        await manager.stop()
    }

    @Test(
        "Contract 4: a worker whose session is over registers again and stops what is not its own")
    func staleSession() async throws {
        let folder = try ScratchFolder()
        manager.state.update { $0.assignments = [Assignment(spec: spec, desired: .running)] }
        let agent = RunningAgent(.test(port: try await manager.start(), folder: folder), runtime)
        let id = spec.id
        try await manager.state.wait { $0.newest[id]?.status == .running }
        manager.state.update { $0.assignments = [] }
        manager.loseSession()
        let back = try await manager.state.wait { $0.registrations.count == 2 }
        #expect(back.registrations[1].inventory.map(\.status) == [.running])
        #expect(back.registrations[1].instance == manager.instance)
        #expect(back.registrations[1].agent == back.registrations[0].agent)
        try await runtime.state.wait { $0.calls.last == "remove" }
        #expect(runtime.state.value.calls == ["prepare", "start web", "stop web", "remove"])
        try await agent.stop()
        await manager.stop()
    }

    @Test(
        "Contract 6: an agent that ends leaves its tasks, and the next one finds them as they are")
    func restart() async throws {
        let folder = try ScratchFolder()
        manager.state.update { $0.assignments = [Assignment(spec: spec, desired: .running)] }
        let configuration = WorkerConfiguration.test(
            port: try await manager.start(), folder: folder)
        let id = spec.id
        let first = RunningAgent(configuration, runtime)
        try await manager.state.wait { $0.newest[id]?.status == .running }
        try await first.stop()
        #expect(runtime.state.value.calls == ["prepare", "start web"])

        let second = RunningAgent(configuration, runtime)
        let back = try await manager.state.wait { $0.registrations.count == 2 }
        #expect(back.registrations[1].instance == manager.instance)
        #expect(back.registrations[1].agent != back.registrations[0].agent)
        #expect(back.registrations[1].inventory.map(\.status) == [.running])
        // Its exit is seen by the new agent, and the list that names it started nothing twice.
        runtime.exit(web, code: 0)
        try await manager.state.wait { $0.newest[id]?.status == .stopped }
        #expect(runtime.state.value.calls == ["prepare", "start web"])
        try await second.stop()
        await manager.stop()
    }

    @Test("Contract 6: an end while no manager was there is told when one is back")
    func managerDown() async throws {
        let folder = try ScratchFolder()
        manager.state.update { $0.assignments = [Assignment(spec: spec, desired: .running)] }
        let port = try await manager.start()
        let agent = RunningAgent(.test(port: port, folder: folder), runtime)
        let id = spec.id
        try await manager.state.wait { $0.newest[id]?.status == .running }
        await manager.stop()
        runtime.exit(web, code: 7)
        _ = try await manager.start(port: port)
        let back = try await manager.state.wait { $0.newest[id]?.status == .stopped }
        #expect(back.newest[id]?.containers.first?.exitCode == 7)
        #expect(back.registrations.last?.inventory.map(\.status) == [.stopped])
        try await agent.stop()
        await manager.stop()
    }

    @Test("It goes to another manager with its tasks running, and home when that one is gone")
    func redirect() async throws {
        let folder = try ScratchFolder()
        let other = ScriptedManager()
        let id = spec.id
        for manager in [manager, other] {
            manager.state.update { $0.assignments = [Assignment(spec: spec, desired: .running)] }
        }
        let agent = RunningAgent(.test(port: try await manager.start(), folder: folder), runtime)
        try await manager.state.wait { $0.newest[id]?.status == .running }
        try manager.redirect(to: try await other.start())
        let there = try await other.state.wait { $0.heartbeats.count >= 2 }
        #expect(there.registrations.first?.inventory.map(\.status) == [.running])
        #expect(there.registrations.first?.instance == manager.instance)
        #expect(manager.state.value.registrations.count == 1)
        await other.stop()
        try await manager.state.wait { $0.registrations.count == 2 }
        #expect(runtime.state.value.calls == ["prepare", "start web"])
        try await agent.stop()
        await manager.stop()
    }

    @Test("Sent to a manager that can't be reached, it comes back")
    func redirectNowhere() async throws {
        let folder = try ScratchFolder()
        let gone = ScriptedManager()
        let port = try await gone.start()
        await gone.stop()
        let agent = RunningAgent(.test(port: try await manager.start(), folder: folder), runtime)
        try await manager.state.wait { $0.writer != nil }
        try manager.redirect(to: port)
        try await manager.state.wait { $0.registrations.count == 2 }
        try await agent.stop()
        await manager.stop()
    }

    @Test("Heartbeats go out however long the runtime takes")
    func slowRuntime() async throws {
        let folder = try ScratchFolder()
        runtime.state.update { $0.isStuck = true }
        manager.state.update { $0.assignments = [Assignment(spec: spec, desired: .running)] }
        let agent = RunningAgent(.test(port: try await manager.start(), folder: folder), runtime)
        try await runtime.state.wait { $0.calls == ["prepare"] }
        let before = manager.state.value.heartbeats.count
        try await manager.state.wait { $0.heartbeats.count >= before + 5 }
        #expect(manager.state.value.registrations.count == 1)
        runtime.state.update { $0.isStuck = false }
        let id = spec.id
        try await manager.state.wait { $0.newest[id]?.status == .running }
        try await agent.stop()
        await manager.stop()
    }

    @Test("A start does not wait behind tasks whose preparing takes long")
    func lanes() async throws {
        let folder = try ScratchFolder()
        let prepared = FoundContainer(name: "web", state: .prepared, stopRequested: false)
        runtime.state.update { state in
            state.isStuck = true
            state.tasks[spec.id] = FakeRuntime.Held(spec: spec, containers: [prepared])
        }
        // As many as are prepared at a time, and more.
        let others = (2...20).map { task($0) }
        let assignments = (others + [spec]).map { Assignment(spec: $0, desired: .running) }
        manager.state.update { $0.assignments = assignments }
        let agent = RunningAgent(.test(port: try await manager.start(), folder: folder), runtime)
        let id = spec.id
        try await manager.state.wait { $0.newest[id]?.status == .running }
        try await runtime.state.wait { $0.calls.filter { $0 == "prepare" }.count == 16 }
        runtime.state.update { $0.isStuck = false }
        try await runtime.state.wait { $0.calls.filter { $0 == "prepare" }.count == others.count }
        try await agent.stop()
        await manager.stop()
    }

    @Test("An agent that is to stop its tasks does so, and tells the manager why")
    func stopsTasks() async throws {
        let folder = try ScratchFolder()
        manager.state.update { $0.assignments = [Assignment(spec: spec, desired: .running)] }
        let agent = RunningAgent(
            .test(port: try await manager.start(), folder: folder, stopTasks: true), runtime)
        let id = spec.id
        try await manager.state.wait { $0.newest[id]?.status == .running }
        try await agent.stop()
        #expect(runtime.state.value.calls.last == "stop web")
        #expect(manager.state.value.newest[id]?.status == .stopped)
        #expect(manager.state.value.newest[id]?.reason == "The worker was shut down.")
        await manager.stop()
    }

    @Test("An agent without a manager keeps trying, and ends when told to")
    func noManager() async throws {
        let folder = try ScratchFolder()
        let port = try await manager.start()
        await manager.stop()
        let agent = RunningAgent(.test(port: port, folder: folder), runtime)
        try await runtime.state.wait { $0.handler != nil }
        _ = try await manager.start(port: port)
        try await manager.state.wait { $0.writer != nil }
        try await agent.stop()
        await manager.stop()
    }

    @Test("A runtime that can't list its tasks ends the agent with a sentence")
    func brokenRuntime() async throws {
        let folder = try ScratchFolder()
        runtime.state.update {
            $0.listError = RuntimeError(name: "InternalError", message: "state folder is damaged")
        }
        let agent = RunningAgent(.test(port: 1, folder: folder), runtime)
        let error = await #expect(throws: WorkerError.self) { try await agent.task.value }
        #expect(error?.code == .runtime)
        #expect(error?.message.contains("state folder is damaged") == true)
    }
}
