// swift-tools-version: 6.2
import PackageDescription

// Muster's module graph as data. Floors go from 0 (C) to 6 (the command); a module may depend on
// lower floors only. `Tests/PackageTests` reads this description and fails on an upward edge.

let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]

let strictC: [CSetting] = [
    .enableWarning("all"), .enableWarning("extra"), .treatAllWarnings(as: .error),
]

/// For the path of every heartbeat: a release build does not check at run time that accesses to a
/// class's properties don't overlap, which costs a tenth there. Debug builds, and so all tests, do.
let hotPath: [SwiftSetting] = [
    .unsafeFlags(["-enforce-exclusivity=unchecked"], .when(configuration: .release))
]

/// A module of decisions: no package product can be named here, so no I/O can creep in.
func pure(_ name: String, _ modules: [String] = [], more: [SwiftSetting] = []) -> Target {
    .target(
        name: name,
        dependencies: modules.map { .byName(name: $0) } + collections,
        exclude: ["README.md"],
        swiftSettings: settings + more
    )
}

/// A module that does I/O, with the package products it takes.
func shell(
    _ name: String, _ modules: [String], products: [Target.Dependency], more: [SwiftSetting] = [],
    notes: [String] = []
) -> Target {
    .target(
        name: name,
        dependencies: modules.map { .byName(name: $0) } + products,
        exclude: ["README.md"] + notes,
        swiftSettings: settings + more
    )
}

func tests(_ name: String, _ modules: [String], products: [Target.Dependency] = []) -> Target {
    .testTarget(
        name: name,
        dependencies: modules.map { .byName(name: $0) } + products,
        swiftSettings: settings
    )
}

func product(_ name: String, _ package: String) -> Target.Dependency {
    .product(name: name, package: package)
}

let collections: [Target.Dependency] = [
    product("DequeModule", "swift-collections"),
    product("HashTreeCollections", "swift-collections"),
    product("HeapModule", "swift-collections"),
    product("OrderedCollections", "swift-collections"),
]
let log = product("Logging", "swift-log")
let metrics = product("Metrics", "swift-metrics")
let lifecycle = product("ServiceLifecycle", "swift-service-lifecycle")
let certificates: [Target.Dependency] = [
    product("Crypto", "swift-crypto"), product("NIOSSL", "swift-nio-ssl"),
    product("SwiftASN1", "swift-asn1"), product("X509", "swift-certificates"),
]
let nio: [Target.Dependency] = [
    product("NIOCore", "swift-nio"),
    product("NIOPosix", "swift-nio"),
    product("NIOConcurrencyHelpers", "swift-nio"),
]

let package = Package(
    name: "muster",
    products: [
        .executable(name: "muster", targets: ["muster"]),
        .executable(name: "muster-supervisor", targets: ["muster-supervisor"]),
        // For the package in Tests/Fuzz.
        .library(name: "FuzzTargets", targets: ["FuzzTargets"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-asn1", from: "1.7.4"),
        .package(url: "https://github.com/apple/swift-certificates", from: "1.21.1"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(
            url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1", traits: []),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        // Floor 0: C.
        .systemLibrary(
            name: "CNghttp2", pkgConfig: "libnghttp2", providers: [.apt(["libnghttp2-dev"])]),
        .systemLibrary(
            name: "CProtobufC", pkgConfig: "libprotobuf-c", providers: [.apt(["libprotobuf-c-dev"])]
        ),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .target(name: "CWire", dependencies: ["CProtobufC"], exclude: ["README.md"]),
        .target(name: "CProcess", exclude: ["README.md"], cSettings: strictC),

        // Floor 0 too: a language that knows nothing of the domain.
        pure("QueryLanguage"),

        // Floor 1: the domain.
        pure("Model", ["QueryLanguage"]),

        // Floor 1 too: it knows requests and keys, and nothing of the domain.
        shell("Signing", [], products: [product("Crypto", "swift-crypto")]),

        // Floor 2: pure decisions.
        pure("ClusterState", ["Model"]),
        pure("Placement", ["Model", "QueryLanguage"]),
        pure("Rollout", ["Model"]),
        pure("TaskLifecycle", ["Model"]),
        pure("HTTP2", ["CNghttp2"], more: hotPath),
        pure("Wire", ["Model", "CWire", "CProtobufC"]),

        // Floor 3: cores and codecs.
        pure("ManagerCore", ["Model", "ClusterState", "Placement", "Rollout"]),
        pure("WorkerCore", ["Model", "TaskLifecycle"]),
        pure("CRI", ["Wire", "CWire", "CProtobufC"]),
        shell(
            "RPC", ["HTTP2", "CZlib"],
            products: nio + [
                log, metrics, product("DequeModule", "swift-collections"),
                product("NIOSSL", "swift-nio-ssl"), product("NIOTLS", "swift-nio"),
            ], more: hotPath),
        shell(
            "Telemetry", [],
            products: [metrics, product("CoreMetrics", "swift-metrics")]),
        shell("ECSAPI", ["Model", "ClusterState", "QueryLanguage"], products: collections),

        // Floor 4: drivers.
        shell("Identity", ["Model"], products: certificates),
        shell("RPCServices", ["RPC", "Wire"], products: [log]),
        shell(
            "Journal", ["Model", "ClusterState"],
            products: [product("GRDB", "GRDB.swift"), log]),
        shell(
            "Events", ["Model", "ClusterState", "ECSAPI"],
            products: nio + [
                log, metrics, lifecycle, product("DequeModule", "swift-collections"),
                product("NIOHTTP1", "swift-nio"), product("NIOSSL", "swift-nio-ssl"),
            ]),
        shell(
            "Runtimes", ["Model", "CProcess", "CRI", "RPC", "Wire"],
            products: nio + [log, product("DequeModule", "swift-collections")],
            notes: ["Containerd/README.md"]),

        shell(
            "MetadataEndpoint", ["Model"],
            products: nio + [
                log, product("Crypto", "swift-crypto"), product("NIOHTTP1", "swift-nio"),
            ]),

        pure(
            "Simulation",
            ["Model", "ClusterState", "TaskLifecycle", "ManagerCore", "WorkerCore", "Wire"]),

        pure("Advice", ["Model", "ClusterState", "Placement", "Rollout", "ManagerCore"]),

        // Floor 5: nodes and edges.
        pure("SimulationReport", ["Model", "ClusterState", "Simulation"]),
        shell(
            "Manager",
            [
                "Model", "ClusterState", "ManagerCore", "Identity", "Journal", "RPC", "RPCServices",
                "Wire",
            ],
            products: nio + [log, metrics, lifecycle]),
        shell(
            "Worker",
            [
                "Model", "TaskLifecycle", "WorkerCore", "Identity", "MetadataEndpoint", "Runtimes",
                "RPC", "Wire",
            ],
            products: nio + [
                log, metrics, lifecycle, product("DequeModule", "swift-collections"),
                product("NIOSSL", "swift-nio-ssl"), product("NIOTLS", "swift-nio"),
            ]),
        shell(
            "APIServer",
            [
                "Model", "ClusterState", "ManagerCore", "Advice", "ECSAPI", "Events", "Signing",
                "Telemetry",
            ],
            products: [
                product("Hummingbird", "hummingbird"), product("HummingbirdCore", "hummingbird"),
                product("NIOCore", "swift-nio"), log, metrics, lifecycle,
            ]),

        // Floor 6: failure tests over what a run shows.
        pure("Chaos", ["Model", "SimulationReport"]),

        // Floor 7: the commands.
        .executableTarget(
            name: "muster-supervisor",
            dependencies: ["CProcess"],
            exclude: ["README.md"],
            cSettings: strictC,
            // Plain C: SwiftPM would load the Swift runtime into every supervisor, and shared
            // libraries cost each one a megabyte.
            linkerSettings: [.unsafeFlags(["-static-executable", "-nostartfiles"])]
        ),
        .executableTarget(
            name: "bench",
            dependencies: [
                "CProtobufC", "CRI", "CWire", "ClusterState", "Identity", "Journal", "Manager",
                "ManagerCore", "Model", "Placement", "RPC", "Runtimes", "Wire",
                product("ArgumentParser", "swift-argument-parser"), log,
                product("NIOSSL", "swift-nio-ssl"), product("DequeModule", "swift-collections"),
                product("HashTreeCollections", "swift-collections"),
            ] + nio,
            exclude: ["README.md"],
            swiftSettings: settings
        ),
        .executableTarget(
            name: "muster",
            dependencies: [
                "Model", "ClusterState", "Manager", "ManagerCore", "Worker", "APIServer", "Journal",
                "Identity", "Telemetry", "Runtimes", "ECSAPI", "Events", "CProcess", "Simulation",
                "SimulationReport", "Advice", "Signing", "Chaos",
                product("ArgumentParser", "swift-argument-parser"), product("Yams", "Yams"),
                product("NIOHTTP1", "swift-nio"), product("UnixSignals", "swift-service-lifecycle"),
                lifecycle, log,
            ] + nio,
            exclude: ["README.md"],
            resources: [.embedInCode("Local/simulated-host.sh")],
            swiftSettings: settings
        ),

        tests("ChaosTests", ["Model", "SimulationReport", "Chaos"]),
        tests("PackageTests", []),
        tests("QueryLanguageTests", ["Model", "QueryLanguage", "Properties"]),
        tests("ModelTests", ["Model"]),
        tests("ClusterStateTests", ["Model", "ClusterState"], products: collections),
        .target(
            name: "Properties", dependencies: ["Model"], path: "Tests/Properties",
            swiftSettings: settings),
        tests("PropertiesTests", ["Model", "Properties"]),
        tests(
            "PlacementTests", ["Model", "Placement", "Properties", "QueryLanguage"],
            products: collections),
        tests("RolloutTests", ["Model", "Properties", "Rollout"]),
        tests("MetadataEndpointTests", ["Model", "MetadataEndpoint"], products: nio + [log]),
        tests("TaskLifecycleTests", ["Model", "TaskLifecycle"]),
        tests("HTTP2Tests", ["HTTP2"]),
        tests(
            "ManagerCoreTests",
            [
                "Model", "ClusterState", "Placement", "Rollout", "ManagerCore", "Properties",
                "QueryLanguage",
            ]),
        tests("WorkerCoreTests", ["Model", "TaskLifecycle", "WorkerCore"], products: collections),
        tests("WireTests", ["Model", "Wire"]),
        .target(
            name: "TownSupport",
            dependencies: ["Advice", "ClusterState", "ManagerCore", "Model"] + collections,
            path: "Tests/TownSupport", swiftSettings: settings),
        tests(
            "AdviceTests",
            [
                "Model", "ClusterState", "Placement", "Rollout", "ManagerCore", "Advice",
                "Properties", "QueryLanguage", "Simulation", "TownSupport",
            ]),
        tests("SimulationTests", ["Model", "ClusterState", "ManagerCore", "Simulation"]),
        tests(
            "SimulationReportTests",
            ["Model", "ClusterState", "ManagerCore", "Simulation", "SimulationReport"]),
        .executableTarget(
            name: "simulate-batch", dependencies: ["Simulation"], path: "Tests/SimulateBatch",
            exclude: ["planted"], swiftSettings: settings),
        tests(
            "RPCTests", ["HTTP2", "LogSupport", "RPC"],
            products: nio + certificates + [product("NIOEmbedded", "swift-nio"), log]),
        tests("RPCServicesTests", ["RPC", "RPCServices", "Wire"], products: nio + [log]),
        tests(
            "IdentityTests", ["Model", "Identity"],
            products: certificates + [
                product("NIOCore", "swift-nio"), product("NIOEmbedded", "swift-nio"),
                product("NIOTLS", "swift-nio"),
            ]),
        tests("TelemetryTests", ["Telemetry"], products: [metrics]),
        .executableTarget(
            name: "rpc-peer",
            dependencies: [
                "RPC", "RPCServices", "Wire", product("ArgumentParser", "swift-argument-parser"),
                product("NIOSSL", "swift-nio-ssl"), log,
            ] + nio, path: "Tests/RPCPeer", swiftSettings: settings),
        tests("SigningTests", ["Signing"]),
        tests("ECSAPITests", ["Model", "ClusterState", "ECSAPI", "QueryLanguage", "Runtimes"]),
        tests(
            "JournalTests", ["Model", "ClusterState", "Journal"],
            products: collections + [product("GRDB", "GRDB.swift"), log]),
        tests(
            "EventsTests", ["Model", "ClusterState", "ECSAPI", "Events"],
            products: nio + certificates + [
                log, lifecycle, product("NIOHTTP1", "swift-nio"),
            ]),
        tests("CRITests", ["CRI"]),
        tests(
            "RuntimesTests", ["Model", "CRI", "RPC", "Runtimes"],
            products: nio + [log]),
        tests(
            "ManagerTests",
            [
                "Model", "ClusterState", "ManagerCore", "Identity", "Journal", "LogSupport",
                "Manager", "RPC", "Wire",
            ], products: nio + [log]),
        tests(
            "WorkerTests",
            ["Model", "WorkerCore", "Identity", "LogSupport", "Runtimes", "Worker", "RPC", "Wire"],
            products: nio + [log, lifecycle]),
        .target(
            name: "LogSupport", dependencies: [log], path: "Tests/LogSupport",
            swiftSettings: settings),
        tests(
            "APIServerTests",
            [
                "Model", "ClusterState", "ManagerCore", "Advice", "ECSAPI", "Events", "APIServer",
                "Signing", "Telemetry",
            ],
            products: [
                metrics,
                product("Hummingbird", "hummingbird"), product("HummingbirdTesting", "hummingbird"),
                lifecycle, log,
            ] + nio),
        tests(
            "MusterTests",
            [
                "Advice", "Chaos", "ClusterState", "ECSAPI", "Model", "ProcessSupport",
                "QueryLanguage",
                "Runtimes", "Simulation", "SimulationReport", "TownSupport", "Worker", "muster",
            ],
            products: [product("ArgumentParser", "swift-argument-parser")]),
        .target(
            name: "ProcessSupport", path: "Tests/ProcessSupport", swiftSettings: settings),
        .testTarget(
            name: "Interop", dependencies: ["ProcessSupport"],
            exclude: ["cpp", "matrix", "python"],
            swiftSettings: settings),
        tests("Failures", ["ProcessSupport"]),
        .target(
            name: "FuzzTargets",
            dependencies: [
                "HTTP2", "QueryLanguage", "RPC", "Signing", "Wire",
                product("NIOEmbedded", "swift-nio"), log,
            ] + nio, path: "Tests/FuzzTargets", swiftSettings: settings),
        tests("FuzzTests", ["FuzzTargets"]),
        .target(name: "CAttackTarget", path: "Tests/CAttackTarget", cSettings: strictC),
        .executableTarget(
            name: "attack-target",
            dependencies: [
                "CAttackTarget", "RPC", "Telemetry", "Wire", log,
                product("Crypto", "swift-crypto"), product("NIOSSL", "swift-nio-ssl"),
                product("SwiftASN1", "swift-asn1"), product("X509", "swift-certificates"),
            ] + nio, path: "Tests/AttackTarget", swiftSettings: settings),
        tests(
            "Attacks", ["CZlib", "HTTP2", "ProcessSupport", "RPC", "attack-target"],
            products: nio + [log, product("NIOSSL", "swift-nio-ssl")]),
    ]
)
