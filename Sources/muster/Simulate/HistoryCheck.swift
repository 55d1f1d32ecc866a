import ClusterState
import Foundation
import Journal
import Manager
import ManagerCore
import Model
import Simulation
import SimulationReport

/// Holds a real cluster's history against the invariants that the simulator checks.
struct HistoryCheck {
    private let checker = Checker(Checker.Rules(settings: ManagerSettings()))
    private var recorder = Recorder()
    private var records: UInt64 = 0
    private var first: ChangeRecord?
    private var last: Int64 = 0
    private let export: FileHandle?
    /// Why the export is not whole.
    private var exportFailure: Failure?
    private let encoder = JSONEncoder()

    /// - Parameters:
    ///   - path: A manager's data folder, `muster up`'s, or a file of records as JSON, one a line.
    ///   - export: A file for such lines.
    static func run(
        _ path: String, export: String?
    ) throws(Failure) -> (report: HistoryReport, timeline: Timeline) {
        var check = try HistoryCheck(export: export)
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
            throw Failure(
                .noInput,
                "There is no \(path). Give a manager's data folder, or a history that was exported "
                    + "with --export.")
        }
        if isFolder.boolValue {
            try check.read(folder: path)
        } else {
            try check.read(file: path)
        }
        if let failure = check.exportFailure { throw failure }
        return check.result
    }

    private init(export path: String?) throws(Failure) {
        guard let path else {
            export = nil
            return
        }
        export = try NewFile.open(path)
    }

    private mutating func read(folder path: String) throws(Failure) {
        let inner = path + "/manager"
        let isOuter =
            !FileManager.default.fileExists(atPath: path + "/journal.db")
            && FileManager.default.fileExists(atPath: inner + "/journal.db")
        let folder = isOuter ? inner : path
        guard FileManager.default.fileExists(atPath: folder + "/journal.db") else {
            throw Failure(
                .noInput, "\(path) is no manager's data folder: it has no journal.db.")
        }
        do {
            try JournalHistory.read(folder: folder) { take($0) }
        } catch {
            throw Failure(ManagerError.data(error))
        }
    }

    private mutating func read(file path: String) throws(Failure) {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw Failure(.noInput, "\(path) can't be read.")
        }
        let decoder = JSONDecoder()
        for (index, line) in data.split(separator: UInt8(ascii: "\n")).enumerated() {
            guard let record = try? decoder.decode(ChangeRecord.self, from: line) else {
                throw Failure(
                    .data,
                    "\(path), line \(index + 1) is no change record. Give a manager's data folder, "
                        + "or a history that was exported with --export.")
            }
            take(record)
        }
    }

    private mutating func take(_ record: ChangeRecord) {
        let first = first ?? record
        self.first = first
        records += 1
        // A civil clock may jump; what is measured goes on.
        last = max(last, record.time.milliseconds - first.time.milliseconds)
        if first.revision <= 1, checker.violation == nil { checker.take([record], at: last) }
        recorder.take(.history([record]), at: last)
        if let export, exportFailure == nil { write(record, to: export) }
    }

    private mutating func write(_ record: ChangeRecord, to export: FileHandle) {
        do {
            try export.write(contentsOf: encoder.encode(record) + Data("\n".utf8))
        } catch {
            exportFailure = Failure(
                .io,
                "The export broke off at revision \(record.revision): "
                    + "\(error.localizedDescription). Delete it and give --export another place.")
        }
    }

    private var result: (report: HistoryReport, timeline: Timeline) {
        let timeline = recorder.timeline(end: last)
        let report = HistoryReport(
            records: records, first: first?.revision ?? 1, violation: checker.violation,
            timeline: timeline)
        return (report, timeline)
    }
}

/// A file that a person asked for.
enum NewFile {
    static func open(_ path: String) throws(Failure) -> FileHandle {
        guard FileManager.default.createFile(atPath: path, contents: nil),
            let handle = FileHandle(forWritingAtPath: path)
        else {
            throw Failure(
                .cannotCreate, "\(path) can't be written. Choose a file in a folder that is there.")
        }
        return handle
    }

    static func write(_ text: String, to path: String) throws(Failure) {
        let handle = try open(path)
        do {
            try handle.write(contentsOf: Data(text.utf8))
            try handle.close()
        } catch {
            throw Failure(.io, "\(path) can't be written: \(error.localizedDescription)")
        }
    }
}
