import Testing

import Worker

@Suite("Pages of code")
struct CodePagesTests {
    @Test("Only code of files is let go, and none that was written to")
    func mappings() throws {
        let folder = try ScratchFolder()
        try folder.write(
            """
            5000-6000 r--p 00000000 08:01 7    /usr/bin/muster
            Rss:                   4 kB
            Anonymous:             0 kB
            6000-9000 r-xp 00001000 08:01 7    /usr/bin/muster
            Rss:                  12 kB
            Anonymous:             0 kB
            VmFlags: rd ex mr mw me
            9000-a000 rw-p 00000000 08:01 7    /usr/bin/muster
            Anonymous:             0 kB
            a000-b000 rw-p 00000000 00:00 0
            Anonymous:             0 kB
            b000-c000 r-xp 00000000 08:01 8    /usr/lib/patched.so
            Anonymous:             4 kB
            c000-d000 r-xp 00000000 00:00 0    [vdso]
            Anonymous:             0 kB

            """, to: "smaps")
        #expect(CodePages.mappings(of: "\(folder.path)/smaps") == [0x6000..<0x9000])
    }

    @Test("The program goes on with its code let go")
    func letGo() {
        let mappings = CodePages.mappings(of: "/proc/self/smaps")
        #expect(!mappings.isEmpty)
        CodePages.letGo(mappings)
        #expect(CodePages.mappings(of: "/proc/self/smaps") == mappings)
    }
}
