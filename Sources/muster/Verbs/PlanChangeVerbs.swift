import ArgumentParser
import ECSAPI
import Foundation

struct PlanUpdateServiceVerb: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "update-service",
        abstract: "What an update of a service would do."
    )

    @Argument(help: "The service's name.")
    var service: String

    @Option(help: ArgumentHelp("The revision to roll out.", valueName: "family:revision"))
    var taskDefinition: String?

    @Option(help: ArgumentHelp("How many tasks it is to have.", valueName: "n"))
    var desiredCount: Int?

    @Option(help: ArgumentHelp("Its lower bound in percent.", valueName: "n"))
    var minimumHealthyPercent: Int?

    @Option(help: ArgumentHelp("Its upper bound in percent.", valueName: "n"))
    var maximumPercent: Int?

    @Flag(help: "Rolls out anew, though the revision is the same.")
    var forceNewDeployment = false

    @Option(
        help: ArgumentHelp(
            "The input of `aws ecs update-service`; flags go over it.", valueName: "file"))
    var cliInputJson: String?

    @OptionGroup var options: PlanOptions

    func run() async throws {
        var input: [String: Any] = try cliInputJson.map(options.object) ?? [:]
        input["service"] = service
        if let taskDefinition { input["taskDefinition"] = taskDefinition }
        if let desiredCount { input["desiredCount"] = desiredCount }
        if forceNewDeployment { input["forceNewDeployment"] = true }
        var bounds = input["deploymentConfiguration"] as? [String: Any] ?? [:]
        if let minimumHealthyPercent { bounds["minimumHealthyPercent"] = minimumHealthyPercent }
        if let maximumPercent { bounds["maximumPercent"] = maximumPercent }
        if !bounds.isEmpty { input["deploymentConfiguration"] = bounds }
        try await options.say([try PlannedCall("UpdateService", input)])
    }
}

struct PlanScaleVerb: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "scale", abstract: "What another desired count of a service would do.")

    @Argument(help: "The service's name.")
    var service: String

    @Argument(help: "How many tasks it is to have.")
    var count: Int

    @OptionGroup var options: PlanOptions

    func run() async throws {
        try await options.say([
            try PlannedCall("UpdateService", ["service": service, "desiredCount": count])
        ])
    }
}

struct PlanDrainVerb: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "drain", abstract: "What draining workers would do.")

    @Argument(help: "The workers' names, or the ids of their container instances.")
    var workers: [String]

    @OptionGroup var options: PlanOptions

    func run() async throws {
        let status = try await options.client().status()
        let clusters = status.clusters.filter {
            $0.name == options.cluster && (options.region == nil || $0.region == options.region)
        }
        var ids: [String] = []
        for name in workers {
            let known = clusters.flatMap(\.workers).filter { $0.name == name || $0.id == name }
            guard let worker = known.first(where: \.connected) ?? known.first else {
                throw Failure(
                    .noInput,
                    "Cluster \(options.cluster) has no worker \(name); 'muster status' shows which "
                        + "there are.")
            }
            ids.append(worker.id)
        }
        try await options.say([
            try PlannedCall(
                "UpdateContainerInstancesState",
                ["containerInstances": ids, "status": "DRAINING"])
        ])
    }
}

struct PlanRegisterVerb: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "register-task-definition",
        abstract: "What a new revision would do to the services that run its family.",
        discussion: """
            Registering a revision changes nothing that runs: the plan goes on to update the \
            cluster's services of the same family to it, or those that --service names.
            """
    )

    @Argument(
        help: ArgumentHelp(
            "The input of `aws ecs register-task-definition`.", valueName: "file"))
    var file: String

    @Option(help: ArgumentHelp("A service to update; may be repeated.", valueName: "name"))
    var service: [String] = []

    @OptionGroup var options: PlanOptions

    func run() async throws {
        let definition = try options.object(in: file)
        guard let family = definition["family"] as? String else {
            throw Failure(.data, "\(file) has no family: it is no task definition.")
        }
        var services = service
        if services.isEmpty {
            let status = try await options.client().status()
            services = status.clusters.filter { $0.name == options.cluster }.flatMap(\.services)
                .filter { $0.taskDefinition.split(separator: ":").first.map(String.init) == family }
                .map(\.name)
        }
        var calls = [try PlannedCall("RegisterTaskDefinition", definition)]
        for name in services {
            calls.append(
                try PlannedCall("UpdateService", ["service": name, "taskDefinition": family]))
        }
        try await options.say(calls)
    }
}
