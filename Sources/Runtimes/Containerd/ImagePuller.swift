import CRI
import Model
import RPC
import Synchronization

/// When an image is fetched from its registry: ECS's `ECS_IMAGE_PULL_BEHAVIOR`.
public enum ImagePullBehavior: String, Sendable, CaseIterable {
    /// At each start of a task; where that fails, the image that the host has is used.
    case `default`
    /// At each start of a task.
    case always
    /// Once by this agent, and when the host doesn't have it any more.
    case once
    /// When the host doesn't have it.
    case preferCached = "prefer-cached"
}

/// Fetches images.
final class ImagePuller: Sendable {
    /// The time that a large image may take.
    private static let patience = Duration.seconds(1_800)

    let pulls = JoinedPulls()
    private let client: CRIClient
    private let behavior: ImagePullBehavior
    private let logins: RegistryLogins
    private let lanes: Lanes
    private let pulled = Mutex<Set<String>>([])

    init(
        client: CRIClient, behavior: ImagePullBehavior, logins: RegistryLogins, lanes: Lanes
    ) {
        self.client = client
        self.behavior = behavior
        self.logins = logins
        self.lanes = lanes
    }

    /// Sees to it that the host has the image.
    func provide(_ image: String, for task: TaskID) async throws(RuntimeError) {
        switch behavior {
        case .preferCached: if try await isHere(image) { return }
        case .once:
            let wasPulled = pulled.withLock { $0.contains(image) }
            if wasPulled, try await isHere(image) { return }
        case .default, .always: break
        }
        do throws(RuntimeError) {
            try await pull(image, for: task)
        } catch {
            if behavior == .default, !error.isAbandonment, (try? await isHere(image)) == true {
                return
            }
            throw error
        }
    }

    /// A pull that another task has begun counts for this one: it brings what the registry has now,
    /// or had a moment ago.
    private func pull(_ image: String, for task: TaskID) async throws(RuntimeError) {
        let logins = logins
        let login = try await lanes.run(task) { () throws(RuntimeError) in
            do throws(RPCError) {
                return try logins.login(for: image)
            } catch {
                throw Self.refusal(image, error)
            }
        }
        let key = JoinedPulls.Key(image: image, login: login)
        try await pulls.join(key, for: task) { [self] () async throws(RuntimeError) in
            do throws(RPCError) {
                let request = PullImage(image: ImageSpec(image: image), login: login)
                try await client.call(.pullImage, request, timeout: Self.patience)
                pulled.withLock { _ = $0.insert(image) }
            } catch {
                throw Self.refusal(image, error)
            }
        }
    }

    /// The digest of the image's manifest; `nil` where containerd doesn't know.
    func digest(of image: String) async -> String? {
        let answer: ImageStatusAnswer? = try? await client.call(
            .imageStatus, ImageStatus(image: ImageSpec(image: image)))
        let digest = answer?.image?.digests.first { $0.contains("@") }
        return digest?.split(separator: "@").last.map { String($0) }
    }

    /// The image by its digest, where the host has it by that.
    func pinned(_ image: String, to digest: String) async -> String {
        let name = image.prefix { $0 != "@" }
        let start = name.lastIndex(of: "/") ?? name.startIndex
        let repository = name[..<(name[start...].firstIndex(of: ":") ?? name.endIndex)]
        let pinned = "\(repository)@\(digest)"
        let isKnown = (try? await isHere(pinned)) ?? false
        return isKnown ? pinned : image
    }

    private func isHere(_ image: String) async throws(RuntimeError) -> Bool {
        do throws(RPCError) {
            let answer: ImageStatusAnswer = try await client.call(
                .imageStatus, ImageStatus(image: ImageSpec(image: image)))
            return answer.image != nil
        } catch {
            throw Self.refusal(image, error)
        }
    }

    private static func refusal(_ image: String, _ error: RPCError) -> RuntimeError {
        let advice =
            error.code == .notFound
            ? " Check the name and the tag."
            : error.message.contains("401") || error.message.contains("403")
                ? " Give the worker a login for the registry." : ""
        return RuntimeError(
            name: RuntimeError.cannotPull,
            message: "can't pull image \(image): \(error.message).\(advice)")
    }
}

extension RuntimeError {
    static let cannotPull = "CannotPullContainerError"
}
