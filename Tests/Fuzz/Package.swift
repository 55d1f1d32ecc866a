// swift-tools-version: 6.2
import PackageDescription

// The fuzzer is a package of its own, because all that it runs is built with another sanitizer.
// `deploy/fuzz` builds and runs it.
let package = Package(
    name: "fuzz",
    dependencies: [.package(name: "muster", path: "../..")],
    targets: [
        .target(name: "CFuzz"),
        .executableTarget(
            name: "fuzz",
            dependencies: ["CFuzz", .product(name: "FuzzTargets", package: "muster")],
            swiftSettings: [
                .treatAllWarnings(as: .error),
                .enableUpcomingFeature("ExistentialAny"),
                .enableUpcomingFeature("InternalImportsByDefault"),
                // libFuzzer has a main of its own; SwiftPM links `fuzz_main` in its place.
                .unsafeFlags(["-parse-as-library"]),
            ]),
    ]
)
