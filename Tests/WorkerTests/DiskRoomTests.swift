import Testing

import Worker

@Suite("Room on a worker's disk")
struct DiskRoomTests {
    @Test(
        "A twentieth must be free, or 512 MiB of a large disk",
        arguments: [
            (1_000, 50, false), (1_000, 49, true), (100_000, 512, false), (100_000, 511, true),
        ] as [(UInt64, UInt64, Bool)])
    func bytes(size: UInt64, free: UInt64, isFault: Bool) {
        let room = DiskRoom(size: size << 20, free: free << 20)
        #expect((room.fault(of: "/x") != nil) == isFault)
    }

    @Test("So must a number of files, where a file system bounds them")
    func files() {
        let room = DiskRoom(size: 1 << 30, free: 1 << 30, files: 1_000, filesFree: 49)
        #expect(room.fault(of: "/x")?.contains("room for 49 more files") == true)
        #expect(DiskRoom(size: 1, free: 1).fault(of: "/x") == nil)
    }

    @Test("A folder's file system is asked; one that is gone says nothing")
    func real() {
        #expect(DiskRoom(of: "/")?.size ?? 0 > 0)
        #expect(DiskRoom(of: "/nowhere/at/all") == nil)
    }
}
