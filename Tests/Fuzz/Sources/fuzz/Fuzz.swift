import CFuzz
import FuzzTargets

/// The target that was asked for. Written once, before the first run, on the only thread.
nonisolated(unsafe) private var chosen: FuzzTarget?

/// libFuzzer calls this with one input after another.
@_cdecl("LLVMFuzzerTestOneInput")
public func test(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    chosen?.run(UnsafeRawBufferPointer(start: bytes, count: count))
    return 0
}

/// `fuzz TARGET [libFuzzer's arguments]`, or `fuzz --list`.
@_cdecl("fuzz_main")
public func main(
    _ count: CInt, _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
) -> CInt {
    let name = count > 1 ? arguments[1].map { String(cString: $0) } ?? "" : ""
    if name == "--list" {
        for target in FuzzTarget.all { print(target.name) }
        return 0
    }
    guard let target = FuzzTarget.named(name) else {
        let names = FuzzTarget.all.map(\.name).joined(separator: " ")
        print("usage: fuzz TARGET [-runs=N] [-max_total_time=SECONDS] [CORPUS…]")
        print("targets: \(names)")
        return 64
    }
    chosen = target
    // libFuzzer knows nothing of the target's name.
    arguments[1] = arguments[0]
    var rest: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = arguments + 1
    var restCount = count - 1
    return LLVMFuzzerRunDriver(&restCount, &rest) { bytes, count in test(bytes, count) }
}
