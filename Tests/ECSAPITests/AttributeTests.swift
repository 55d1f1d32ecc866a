import ECSAPI
import Model
import Testing

@Suite("Custom attributes by the API")
struct AttributeTests {
    private static let plane = FakeControlPlane { command, _ throws(APIError) in
        switch command {
        case .putAttributes(_, let targets), .deleteAttributes(_, let targets):
            .attributes(targets)
        default: .done
        }
    }

    @Test("are put and deleted", arguments: ["PutAttributes", "DeleteAttributes"])
    func change(operation: String) async throws {
        let answer = try await API(Self.plane).call(
            operation,
            #"""
            {"attributes": [
              {"name": "a/b\\c.d_e-1", "value": "x@y:z w", "targetId": "\#(Fixture.instanceID)"},
              {"name": "flag", "targetType": "container-instance",
               "targetId": "\#(Fixture.arns)container-instance/default/\#(Fixture.instanceID)"}]}
            """#)
        let target =
            #""targetType": "container-instance", "targetId": "\#(Fixture.arns)container-instance"#
            + "/default/\(Fixture.instanceID)\""
        #expect(
            answer
                == canonical(
                    #"""
                    {"attributes": [{"name": "a/b\\c.d_e-1", "value": "x@y:z w", \#(target)},
                      {"name": "flag", \#(target)}]}
                    """#))
    }

    @Test(
        "are refused for what is wrong with them",
        arguments: [
            ("[]", "Attributes cannot be empty."),
            ("[\(attributes(11))]", "Attributes cannot have more than 10 elements."),
            (#"[{"name": "a"}]"#, "An attribute needs the targetId of its container instance."),
            (#"[{"name": "a", "targetId": "x"}]"#, "containerInstanceId length"),
            (attribute(name: "a b"), "Invalid attribute name 'a b'. Use 1 to 128 letters"),
            (attribute(name: ""), "Invalid attribute name ''."),
            (attribute(name: "ecs.os-type"), "names that begin with 'ecs.' are reserved."),
            (attribute(value: ""), "Invalid attribute value ''. Use 1 to 128 letters"),
            (attribute(value: " a"), "no space at either end"),
            (attribute(value: "a*"), "Invalid attribute value 'a*'."),
            (attribute(value: String(repeating: "a", count: 129)), "Invalid attribute value"),
        ])
    func refusals(list: String, message: String) async {
        for operation in ["PutAttributes", "DeleteAttributes"] {
            let refusal = await API(Self.plane).refusal(operation, #"{"attributes": \#(list)}"#)
            #expect(refusal?.code == .invalidParameter)
            #expect(refusal?.message.contains(message) == true, "\(refusal?.message ?? "accepted")")
        }
    }

    @Test(
        "are listed by name and value, page by page",
        arguments: [
            ("", ["ecs.availability-zone", "ecs.cpu-architecture"]),
            (#", "attributeName": "ecs.cpu-architecture""#, ["ecs.cpu-architecture"]),
            (
                #", "attributeName": "ecs.cpu-architecture", "attributeValue": "x86_64""#,
                ["ecs.cpu-architecture"]
            ),
            (#", "attributeName": "ecs.cpu-architecture", "attributeValue": "arm64""#, []),
            (#", "maxResults": 1"#, ["ecs.availability-zone"]),
        ])
    func list(members: String, names: [String]) async throws {
        let answer = try await Fixture.api.call(
            "ListAttributes", #"{"targetType": "container-instance"\#(members)}"#)
        let found = value(answer, at: "attributes") as? [[String: Any]]
        #expect(found?.compactMap { $0["name"] as? String } == names)
        guard let token = value(answer, at: "nextToken") as? String else { return }
        let rest = try await Fixture.api.call(
            "ListAttributes",
            #"{"targetType": "container-instance", "maxResults": 1, "nextToken": "\#(token)"}"#)
        #expect(value(rest, at: "attributes.0.name") as? String == "ecs.cpu-architecture")
        #expect(value(rest, at: "nextToken") == nil)
    }

    @Test("a value is listed only with its name")
    func valueAlone() async {
        let refusal = await Fixture.api.refusal(
            "ListAttributes", #"{"targetType": "container-instance", "attributeValue": "x"}"#)
        #expect(refusal?.message == "An attributeValue needs its attributeName.")
    }
}

private func attribute(name: String = "a", value: String = "b") -> String {
    #"[{"name": "\#(name)", "value": "\#(value)", "targetId": "\#(Fixture.instanceID)"}]"#
}

private func attributes(_ count: Int) -> String {
    Array(
        repeating: #"{"name": "a", "targetId": "\#(Fixture.instanceID)"}"#, count: count
    ).joined(separator: ", ")
}
