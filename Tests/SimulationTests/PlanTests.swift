import Simulation
import Testing

@Suite("A seed's plan")
struct PlanTests {
    @Test("Its arguments give it again", arguments: 1...20 as ClosedRange<UInt64>)
    func arguments(seed: UInt64) throws {
        var plan = Plan(seed: seed)
        plan.hosts.removeLast(plan.hosts.count / 2)
        plan.faults.remove(.loss)
        plan.faults.remove(.partition)
        plan.clients = 1
        plan.faultTime = 12_345
        let arguments = plan.arguments
        #expect(arguments.prefix(2) == ["--seed", "\(seed)"])
        var again = Plan(seed: seed)
        var rest = arguments.dropFirst(2)
        while let argument = rest.popFirst() {
            let isKnown = try again.apply(argument) { () throws(Plan.ArgumentError) in
                rest.popFirst() ?? ""
            }
            #expect(isKnown)
        }
        #expect(again.hosts.count == plan.hosts.count && again.faults == plan.faults)
        #expect(again.clients == 1 && again.faultTime == 12_345)
        #expect(again.arguments == arguments)
    }

    @Test("Every kind of fault has a name that means it", arguments: FaultKind.allCases)
    func names(kind: FaultKind) throws {
        #expect(FaultKind(kind.description) == kind)
        #expect(try Plan.faults(kind.description).kinds == [kind])
    }

    @Test("A wrong name is refused with those that there are")
    func unknown() {
        let error = #expect(throws: Plan.ArgumentError.self) { try Plan.faults("los") }
        #expect(error?.description.contains("\"los\"") == true)
        #expect(error?.description.contains("one-way") == true)
    }

    @Test("Seeds differ in size, faults and limits")
    func variety() {
        let plans = (1...60 as ClosedRange<UInt64>).map { Plan(seed: $0) }
        #expect(plans.allSatisfy { (3...50).contains($0.hosts.count) })
        #expect(Set(plans.map(\.faults)).count > 50)
        #expect(plans.contains { $0.usesWire } && plans.contains { !$0.usesWire })
        #expect(plans.contains { $0.transport == .calls })
    }
}
