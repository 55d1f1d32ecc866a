public import Model

extension WorkerCore {
    /// What the shell has to do. None of it may hold up the next step.
    public enum Effect: Hashable, Sendable {
        /// Answer with `connected` or `disconnected`.
        case connect(LinkID, address: String)
        /// Get a certificate, with the token that the worker was given, and keep it durably; answer
        /// with `joined` or `joinFailed`.
        case join(LinkID, address: String)
        /// Close the connection; calls on it are over.
        case disconnect(LinkID)
        /// Answer with `registered` or `failed`.
        case register(CallID, on: LinkID, Registration)
        /// Write the identity to disk, durably; answer with `identitySaved` or `identityNotSaved`.
        case saveIdentity(InstanceID)
        /// Open the stream in place of an earlier one; answer with `assignments` for each message
        /// and `failed` at its end.
        case openAssignments(CallID, on: LinkID, SessionID)
        /// Answer with `heartbeatAnswered` or `failed`. The shell fills in the load.
        case heartbeat(CallID, on: LinkID, Heartbeat)
        /// Answer with `reportAnswered` or `failed`.
        case report(CallID, on: LinkID, SessionID, [TaskReport])
        /// Tell what containers use. Nothing answers: what is lost, the next one says better.
        case reportUsage(on: LinkID, UsageReport)
        /// Run a command in a container and carry it on a stream of its own, which is the answer.
        case exec(ExecRequest, on: LinkID, SessionID)
        /// The same for output that is to be read.
        case logs(LogRequest, on: LinkID, SessionID)
        /// Get the next certificate and keep it durably; answer with `renewed` or `failed`.
        case renew(CallID, on: LinkID)
        /// Have the runtime do it; answer with `task`.
        case run(RuntimeAction)
        /// Tell the runtime, before whatever it is asked later, that the containers of tasks with
        /// `OnLost.stop` may live until ``OnLost/deadMan`` after that time, if it hears no more.
        /// The time is one of the clock as it went when the last heartbeat or registration was
        /// sent: a host that was suspended since then has slept through a part of it.
        case keep(until: Instant)
        /// Give `woke` at that time, in place of the time told before; `nil` is never.
        case wake(at: Instant?)
        case diagnose(Diagnostic)
        /// The agent may end.
        case finished
    }

    /// A verb of the container runtime. Each is answered by the inputs of `TaskLifecycle`:
    /// `prepared` or `prepareFailed`, `started` or `startFailed`, nothing or `stopFailed`,
    /// `checked`, `removed` or `removeFailed`.
    public enum RuntimeAction: Hashable, Sendable {
        case prepare(TaskSpec)
        /// Let go of the `prepare` that is under way, whose answer is the only one.
        case abandon(TaskID)
        case start(TaskID, container: String)
        /// Start one that ended again, for the `number`th time.
        case restart(TaskID, container: String, number: Int)
        case stop(TaskID, container: String, timeout: Duration)
        /// Run the container's health check, which is named by `number` in the answer.
        case check(TaskID, container: String, number: Int, HealthCheck)
        case remove(TaskID)
    }

    /// Effects in the order in which they have to be begun. The shell keeps one buffer and empties
    /// it.
    public struct EffectBuffer: Sendable {
        public private(set) var effects: [Effect] = []

        public init() {}

        public mutating func append(_ effect: Effect) {
            effects.append(effect)
        }

        /// Hands out what was gathered and starts anew.
        public mutating func drain() -> [Effect] {
            defer { effects.removeAll(keepingCapacity: true) }
            return effects
        }
    }

    /// Something a person may want to know: a constant sentence and the facts of the case.
    public struct Diagnostic: Hashable, Sendable {
        public enum Level: Hashable, Sendable {
            case debug, info, warning, error
        }

        public var level: Level
        public var message: String
        public var facts: [Fact]

        public init(_ level: Level, _ message: String, _ facts: [Fact] = []) {
            self.level = level
            self.message = message
            self.facts = facts
        }

        public struct Fact: Hashable, Sendable {
            public var name: String
            public var value: String

            public init(_ name: String, _ value: String) {
                self.name = name
                self.value = value
            }
        }
    }
}
