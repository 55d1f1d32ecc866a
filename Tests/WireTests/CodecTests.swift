import Model
import Testing
import Wire

@Suite("The worker protocol on the wire")
struct CodecTests {
    // The bytes are what Python's protobuf writes for the same values.
    @Test("A heartbeat has the bytes that other implementations write")
    func heartbeatGolden() throws {
        let golden = bytes("0a10000102030405060708090a0b0c0d0e0f100718ac02208004288010")
        #expect(try WireCodec.encode(Sample.heartbeat) == golden)
        #expect(try WireCodec.decodeHeartbeat(golden) == Sample.heartbeat)
        #expect(try WireCodec.decodeHeartbeat(golden.span.bytes) == Sample.heartbeat)
    }

    @Test("A registration has the bytes that other implementations write")
    func registrationGolden() throws {
        let golden = bytes(
            "0a027731120764656661756c742a10000102030405060708090a0b0c0d0e0f320b0880101080"
                + "201a0316c8123a090a047a6f6e651201613a050a037373643a080a047261636b12004203312e"
                + "304a0770726f6365737352360a10000102030405060708090a0b0c0d0e0f10041a1e0a037765"
                + "621003180032110a07302e302e302e30105018808002200138033000")
        #expect(try WireCodec.encode(Sample.registration) == golden)
        #expect(try WireCodec.decodeRegistration(golden) == Sample.registration)
    }

    @Test("Changes of assignments have the bytes that other implementations write")
    func changesGolden() throws {
        let golden = bytes(
            "128601080410051a121210000102030405060708090a0b0c0d0e0f1a6c0a6a0a660a10000102"
                + "030405060708090a0b0c0d0e0f120361726e1a016322016628023201673a2e0a037765621203"
                + "696d67200030014a030a0141701e7a070a03617070100482010d0a066e6f66696c6510011880"
                + "104210000102030405060708090a0b0c0d0e0f58011002")
        #expect(try WireCodec.encode(Sample.changes) == golden)
        #expect(try WireCodec.decodeAssignmentUpdate(golden) == Sample.changes)
    }

    @Test("A request to join has the bytes that other implementations write")
    func joinGolden() throws {
        let golden = bytes(
            "0a10000102030405060708090a0b0c0d0e0f1220000102030405060708090a0b0c0d0e0f1011"
                + "12131415161718191a1b1c1d1e1f1a027731220764656661756c742a0c65752d63656e7472"
                + "616c2d3132023000")
        #expect(try WireCodec.encode(Sample.joinRequest) == golden)
        #expect(try WireCodec.decodeJoinRequest(golden) == Sample.joinRequest)
    }

    @Test("Every message comes back as it was sent")
    func roundTrips() throws {
        let join = Sample.joinRequest
        #expect(try WireCodec.decodeJoinRequest(WireCodec.encode(join)) == join)
        let renew = RenewRequest(certificateRequest: [0x30, 0x01])
        #expect(try WireCodec.decodeRenewRequest(WireCodec.encode(renew)) == renew)
        let issued = Sample.issuedCertificate
        #expect(try WireCodec.decodeIssuedCertificate(WireCodec.encode(issued)) == issued)
        let registration = Sample.fullRegistration
        #expect(
            try WireCodec.decodeRegistration(WireCodec.encode(registration)) == registration)
        let registered = Sample.registered
        #expect(try WireCodec.decodeRegistered(WireCodec.encode(registered)) == registered)
        let request = AssignmentsRequest(session: countingID())
        #expect(try WireCodec.decodeAssignmentsRequest(WireCodec.encode(request)) == request)
        for update in Sample.updates {
            #expect(try WireCodec.decodeAssignmentUpdate(WireCodec.encode(update)) == update)
        }
        let report = StatusReport(
            session: countingID(), tasks: Sample.fullRegistration.inventory)
        #expect(try WireCodec.decodeStatusReport(WireCodec.encode(report)) == report)
    }

    @Test("What containers use has the bytes that other implementations write")
    func usage() throws {
        let golden = bytes(
            "0a10000102030405060708090a0b0c0d0e0f10021a260a10000102030405060708090a0b0c0d0e0f"
                + "1203776562189003208010288020300738084003")
        let report = UsageReport(
            session: countingID(), number: 2,
            containers: [
                ContainerUsage(
                    task: countingID(), container: "web", cpu: 400, memory: 2_048,
                    memoryLimit: 4_096, received: 7, sent: 8, processes: 3)
            ])
        #expect(try WireCodec.encode(report) == golden)
        #expect(try WireCodec.decodeUsageReport(golden) == report)
        let most = UsageReport.containersMaximum
        let many = UsageReport(
            session: countingID(), number: 1,
            containers: Array(repeating: report.containers[0], count: most + 1))
        #expect(throws: WireError.self) {
            try WireCodec.decodeUsageReport(try WireCodec.encode(many))
        }
    }

    @Test("How a worker is has the bytes that other implementations write")
    func health() throws {
        let golden = bytes(
            "0a10000102030405060708090a0b0c0d0e0f100222090a050a017810051200")
        let report = UsageReport(
            session: countingID(), number: 2, containers: [],
            health: InstanceHealth(runtime: InstanceHealth.Finding(fault: "x", age: 5)))
        #expect(try WireCodec.encode(report) == golden)
        #expect(try WireCodec.decodeUsageReport(golden) == report)
        // A part that is missing says nothing, which is not that all is well.
        #expect(throws: WireError.self) {
            try WireCodec.decodeUsageReport(
                bytes("0a10000102030405060708090a0b0c0d0e0f10022200"))
        }
        let long = InstanceHealth.Finding(fault: String(repeating: "é", count: 400))
        #expect(long.fault?.utf8.count == InstanceHealth.Finding.faultMaximum)
    }

    @Test(
        "Every task status survives the wire", arguments: TaskStatus.allCases)
    func statuses(status: TaskStatus) throws {
        let report = StatusReport(
            session: countingID(), tasks: [TaskReport(task: countingID(), status: status)])
        #expect(try WireCodec.decodeStatusReport(WireCodec.encode(report)) == report)
    }

    @Test("Fields of a newer version are ignored")
    func unknownFields() throws {
        let newer = try WireCodec.encode(Sample.heartbeat) + bytes("a20602cafe") + bytes("a80601")
        #expect(try WireCodec.decodeHeartbeat(newer) == Sample.heartbeat)
    }

    @Test("A redirect has the bytes that other implementations write")
    func redirectGolden() throws {
        let golden = bytes("220b0a066d323a373037108827")
        let update = AssignmentUpdate.redirect(Redirect(manager: "m2:707", within: 5_000))
        #expect(try WireCodec.encode(update) == golden)
        #expect(try WireCodec.decodeAssignmentUpdate(golden) == update)
    }

    @Test("Commands have the bytes that other implementations write")
    func execGolden() throws {
        let golden = bytes(
            "2a3d0a10000102030405060708090a0b0c0d0e0f1210000102030405060708090a0b0c0d0e0f"
                + "1a016122026c7322022d6c2801320a0a027674120408501018")
        let update = AssignmentUpdate.exec(Sample.exec)
        #expect(try WireCodec.encode(update) == golden)
        #expect(try WireCodec.decodeAssignmentUpdate(golden) == update)
        let opening = bytes(
            "0a240a10000102030405060708090a0b0c0d0e0f1210000102030405060708090a0b0c0d0e0f")
        #expect(try WireCodec.decodeExecOutput(opening) == .opening(countingID(), countingID()))
        #expect(try WireCodec.decodeExecOutput(bytes("2802")) == .exited(2))
        let resize = ExecInput.resize(TerminalSize(columns: 80, rows: 24))
        #expect(try WireCodec.decodeExecInput(bytes("1a0408501018")) == resize)
    }

    @Test("Output of containers has the bytes that other implementations write")
    func logsGolden() throws {
        let golden = bytes(
            "322f0a10000102030405060708090a0b0c0d0e0f1210000102030405060708090a0b0c0d0e0f"
                + "1a01612001280230033801")
        let update = AssignmentUpdate.logs(Sample.logs)
        #expect(try WireCodec.encode(update) == golden)
        #expect(try WireCodec.decodeAssignmentUpdate(golden) == update)
        let entry = LogEntry(time: 1, container: "a", isError: true, text: [0x62])
        #expect(
            try WireCodec.decodeLogOutput(bytes("120c0a0a08011201611801220162"))
                == .entries([entry]))
    }

    @Test("What a worker says of output survives the wire")
    func logs() throws {
        for output in Sample.logOutputs {
            #expect(try WireCodec.decodeLogOutput(WireCodec.encode(output)) == output)
        }
        #expect(try WireCodec.decodeLogOutput(bytes("7a020801")) == .unknown)
    }

    @Test("What a command says and is told survives the wire")
    func exec() throws {
        for output in Sample.execOutputs {
            #expect(try WireCodec.decodeExecOutput(WireCodec.encode(output)) == output)
        }
        for input in Sample.execInputs {
            #expect(try WireCodec.decodeExecInput(WireCodec.encode(input)) == input)
        }
        #expect(try WireCodec.decodeExecInput(bytes("7a020801")) == .unknown)
    }

    @Test("An update of a kind that only a newer version knows is no error")
    func unknownUpdate() throws {
        #expect(try WireCodec.decodeAssignmentUpdate(bytes("7a020801")) == .unknown)
        #expect(try WireCodec.decodeAssignmentUpdate([]) == .unknown)
    }

    @Test("A refusal becomes a gRPC status and back")
    func refusals() {
        let codes: [WorkerRefusal.Code] = [
            .notFound, .alreadyExists, .staleSession, .invalidArgument, .exhausted, .unavailable,
            .unauthenticated, .permissionDenied,
        ]
        for code in codes {
            #expect(WorkerRefusal.Code(statusCode: code.statusCode) == code)
        }
        #expect(WorkerRefusal.Code(statusCode: 13) == nil)
    }
}
