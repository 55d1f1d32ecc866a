import Chaos
import Foundation
import SimulationReport

/// What people and machines get of failure tests that were run.
enum ChaosOutput {
    /// A table of a run's verdicts, and what its services went through.
    static func text(_ outcome: ChaosRun.Outcome) -> String {
        let verdicts = outcome.verdicts.map {
            [$0.isMet ? "ok" : "FAILED", $0.expectation, $0.bound, $0.measured]
        }
        var lines = table(["", "EXPECTATION", "BOUND", "MEASURED"], verdicts)
        let recoveries = Recovery.all(in: outcome.evidence)
        if !recoveries.isEmpty {
            lines.append("")
            lines += table(
                ["FAULT", "SERVICE", "WHOLE AGAIN AFTER"],
                recoveries.map {
                    ["\($0.fault)", $0.service, $0.duration.map { "\($0) ms" } ?? "not seen"]
                })
        }
        lines.append("")
        lines += ReportText.services(Availability(outcome.evidence.timeline))
        return lines.joined(separator: "\n")
    }

    private static func table(_ header: [String], _ rows: [[String]]) -> [String] {
        let all = [header] + rows
        let widths = header.indices.map { column in all.map { $0[column].count }.max() ?? 0 }
        return all.map { row in
            let cells = row.enumerated().map { index, cell in
                index == row.count - 1
                    ? cell : cell.padding(toLength: widths[index], withPad: " ", startingAt: 0)
            }
            return "  " + cells.joined(separator: "  ")
        }
    }

    /// JUnit's XML: a suite a run, a case a verdict.
    static func junit(_ outcomes: [ChaosRun.Outcome]) -> String {
        var lines = [#"<?xml version="1.0" encoding="UTF-8"?>"#, "<testsuites>"]
        for outcome in outcomes {
            let failures = outcome.verdicts.count { !$0.isMet }
            lines.append(
                #"  <testsuite name="\#(escaped(outcome.scenario.name))" "#
                    + #"tests="\#(outcome.verdicts.count)" failures="\#(failures)" "#
                    + #"time="\#(Double(outcome.took) / 1_000)">"#)
            for verdict in outcome.verdicts {
                let name = escaped("\(verdict.expectation) \(verdict.bound)")
                let head = #"    <testcase classname="chaos" name="\#(name)""#
                lines.append(
                    verdict.isMet
                        ? head + "/>"
                        : head + #"><failure message="\#(escaped(verdict.measured))"/></testcase>"#)
            }
            lines.append("  </testsuite>")
        }
        return (lines + ["</testsuites>", ""]).joined(separator: "\n")
    }

    private static func escaped(_ text: String) -> String {
        text.unicodeScalars.map { scalar in
            switch scalar {
            case "&": "&amp;"
            case "<": "&lt;"
            case ">": "&gt;"
            case "\"": "&quot;"
            // What XML has no place for.
            case _ where scalar.value < 32: " "
            default: String(scalar)
            }
        }.joined()
    }

    /// All runs as JSON.
    static func json(_ outcomes: [ChaosRun.Outcome]) throws -> String {
        struct Judged: Encodable {
            var expectation, bound, measured: String
            var met: Bool
        }
        struct Recovered: Encodable {
            var fault, service: String
            var milliseconds: Int64?
        }
        struct Run: Encodable {
            var scenario: String
            var seed: UInt64
            var passed: Bool
            var milliseconds: Int64
            var verdicts: [Judged]
            var recoveries: [Recovered]
        }
        let runs = outcomes.map { outcome in
            Run(
                scenario: outcome.scenario.name, seed: outcome.seed, passed: outcome.isPassed,
                milliseconds: outcome.took,
                verdicts: outcome.verdicts.map {
                    Judged(
                        expectation: $0.expectation, bound: $0.bound, measured: $0.measured,
                        met: $0.isMet)
                },
                recoveries: Recovery.all(in: outcome.evidence).map {
                    Recovered(
                        fault: "\($0.fault)", service: $0.service, milliseconds: $0.duration)
                })
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(runs), as: UTF8.self) + "\n"
    }

    /// One run as a page of its own.
    static func page(_ outcome: ChaosRun.Outcome) -> String {
        Page.render(
            Page.Trial(
                title: outcome.scenario.name, lead: outcome.scenario.about,
                isPassed: outcome.isPassed,
                verdicts: outcome.verdicts.map {
                    [$0.isMet ? "ok" : "failed", $0.expectation, $0.bound, $0.measured]
                },
                recoveries: Recovery.all(in: outcome.evidence).map {
                    ["\($0.fault)", $0.service, $0.duration.map { "\($0) ms" } ?? "not seen"]
                }),
            timeline: outcome.evidence.timeline)
    }
}
