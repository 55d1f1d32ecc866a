/// Situations that a batch of runs must have come to: a simulator that never gets there tests
/// nothing.
public enum Mark: String, CaseIterable, Hashable, Sendable {
    // Sessions.
    case workerRegistered, workerCameBack, registeredOnClosedConnection, agentFoundItsTasks
    case staleCallRefused, staleHeartbeatRefused, staleReportRefused
    case streamOpened, streamsEnded, streamOverflowed, stuckStreamEnded, deafSessionRefused
    case registrationTurnedAway
    // Silence.
    case workerLost, workerLostByDisconnect, lostWhileDraining, lostDuringDeployment
    case massSilenceHeld, massSilenceResolved, lostInstanceCameBack, shelteredWorkerPaused
    // The network.
    case callLost, callRepeated, callsReordered, linkClogged, oneWayLink, groupPartition
    case connectionReset
    // The manager.
    case managerCrashed, managerCrashDuringPartition, crashBetweenJournalAndReply
    case crashLostUnsyncedBatch, tornTail, managerPausedBeyondLease, managerStarved, diskSlow
    case diskFull, journalHeldTheCoreUp, inboxFull
    // Hosts.
    case agentDiedContainersLived, powerLostRecordsKept, powerLostRecordsLost
    case workerPausedBelowLease, workerPausedBeyondLease, wallClockJumped
    // Containers.
    case pullFailed, startFailed, portStillTaken, exitOvertookStart, outOfMemoryKilled
    case stoppedWhenLost, stoppedWithoutAgent, startRefusedWithoutLease, replacementWaited
    case wentOnAfterSilence, refusedAtLimit
    case restartedInPlace, ignoredExitStood
    case stopTimedOut, taskFailedToStart, essentialContainerExited, vanishedTaskClosed
    // Services.
    case threeDeploymentsAtOnce, updatedDuringDeployment, deploymentCompleted
    case serviceDeletedDuringDeployment, serviceMadeAgain, serviceStarved, serviceImpaired
    case deploymentBlocked, taskStoppedWhilePending, taskForgotten
    // Deployments that fail or are ended.
    case breakerTripped, breakerTrippedWithoutPlace, crashLoopCounted, failedWithoutTarget
    case rollbackBegan, rolledBack, rollbackFailed, rolledBackDuringPartition
    case rollbackOverManagerRestart, deploymentSuperseded, deploymentStoppedByOperator
    case oldTaskReplaced
    // Services that even themselves out.
    case movedOverZones, movedOverInstances, zonesEven, movesOvertaken
    // A task on each instance.
    case daemonEverywhere, daemonOnJoiningInstance, daemonLeftDrainingInstance, daemonRolledOut
    // Capacity providers.
    case taskOfProvider, dividedOverProviders, groupLacked, strategyChanged
    // Services that a program rolls out.
    case taskSetSteady, taskSetReplaced, taskSetScaledIn, taskSetDeletedWithTasks, taskSetGone
    case lostUnderTaskSet
    // Health.
    case healthCheckHung, unhealthyReplaced, unhealthyReplacedStartFirst, unhealthyRecovered
    case unhealthyInGrace, unhealthyDaemonReplaced, unhealthyLeftAlone, failedByHealth
    case startedWhenHealthy
    // Clients and operators.
    case clientRetried, clientGaveUp, tasksAskedForAgain, sameTokenSameTasks, placementRefused
    case instanceDrained, instanceDeregistered
}

extension Mark {
    /// A few seeds of thousands come there: a real worker asks for its stream again and
    /// acknowledges what comes on it, and a container is seldom to start just when its lease is
    /// over. They are asked of large batches alone.
    public static let rare: Set<Mark> = [
        .deafSessionRefused, .stuckStreamEnded, .startRefusedWithoutLease,
    ]
    /// Seeds of a batch that must have come to the rare ones too. The rarest is met three times.
    public static let largeBatch = 5_000
}

/// How often each mark was reached.
public struct MarkCounts: Sendable {
    private var counts = [Int](repeating: 0, count: Mark.allCases.count)
    private static let places = Dictionary(
        uniqueKeysWithValues: zip(Mark.allCases, Mark.allCases.indices))

    public init() {}

    public mutating func count(_ mark: Mark, by amount: Int = 1) {
        counts[Self.places[mark] ?? 0] += amount
    }

    public subscript(mark: Mark) -> Int { counts[Self.places[mark] ?? 0] }

    public mutating func add(_ other: MarkCounts) {
        for index in counts.indices { counts[index] += other.counts[index] }
    }

    /// Those never reached.
    public var missing: [Mark] { Mark.allCases.filter { self[$0] == 0 } }
}
