import CWire
import Model

extension RestartPolicy: Message {
    static var initialize: (UnsafeMutablePointer<Muster__V1__RestartPolicy>?) -> Void {
        muster__v1__restart_policy__init
    }
    static var messageName: String { "RestartPolicy" }

    func write(to message: inout Muster__V1__RestartPolicy, _ encoder: Encoder) throws(WireError) {
        let codes = ignoredExitCodes.map { Int32(clamping: $0) }
        message.n_ignored_exit_codes = codes.count
        message.ignored_exit_codes = try encoder.numbers(codes)
        message.attempt_period = try encoder.amount(attemptPeriod, "attempt_period")
    }

    init(reading message: Muster__V1__RestartPolicy, _ decoder: Decoder) throws(WireError) {
        self.init(
            ignoredExitCodes: decoder.numbers(
                message.ignored_exit_codes, message.n_ignored_exit_codes
            ).map { Int($0) }, attemptPeriod: Int(message.attempt_period))
    }
}
