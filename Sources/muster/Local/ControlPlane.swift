import APIServer
public import ECSAPI
public import Events
import Identity
import Journal
public import Manager

/// The API's edge and the manager meet here: neither knows the other.
extension ManagerNode: ControlPlane {}
extension ManagerNode: EventSource {}
extension ManagerNode: JoinTokenMaker {}
extension ManagerNode: AccessKeyKeeper {}
extension ManagerNode: CommandRunner {}
extension ExecSession: CommandSession {}
extension ManagerNode: LogReader {}
extension LogSession: LogSource {}

extension Failure {
    init(_ error: ManagerError) {
        switch error {
        case .data(let reason): self.init(Self.code(reason), reason.description)
        case .identity(let reason):
            self.init(reason.code == .file ? .cannotCreate : .data, reason.description)
        case .listen(let text):
            self.init(
                .unavailable, "\(text). Choose another address with --worker-listen.")
        case .noAccessKey: self.init(.usage, error.description)
        case .journalFailed: self.init(.io, error.description)
        }
    }

    private static func code(_ error: JournalError) -> Code {
        switch error {
        case .locked: .busy
        case .folder, .full: .cannotCreate
        case .foreign, .newerFormat, .damaged: .data
        case .unusable, .overloaded, .failed: .io
        case .gap, .closed: .software
        }
    }
}
