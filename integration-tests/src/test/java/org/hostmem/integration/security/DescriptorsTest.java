package org.hostmem.integration.security;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.constantpool.PoolEntry;
import java.lang.classfile.constantpool.StringEntry;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.hostmem.integration.Modules;
import org.junit.jupiter.api.Test;

/**
 * Where the library makes descriptors: functions of the C library that do, found by their names in the class files.
 * Each is in this list because it was seen to ask for close-on-exec.
 */
class DescriptorsTest {

    private static final Set<String> MAKE_A_DESCRIPTOR = Set.of(
            "accept",
            "accept4",
            "creat",
            "dup",
            "dup2",
            "dup3",
            "epoll_create",
            "epoll_create1",
            "eventfd",
            "fcntl",
            "fopen",
            "inotify_init",
            "memfd_create",
            "memfd_secret",
            "mkstemp",
            "open",
            "open64",
            "openat",
            "openat2",
            "pidfd_open",
            "pipe",
            "pipe2",
            "recvmmsg",
            "recvmsg",
            "shm_open",
            "signalfd",
            "socket",
            "socketpair",
            "syscall",
            "timerfd_create",
            "tmpfile",
            "userfaultfd");

    private static final Set<String> CLOSE_ON_EXEC = Set.of(
            "org/hostmem/arch/generic/Libc memfd_create", // MFD_CLOEXEC
            "org/hostmem/vfio/socket/DescriptorSocket recvmsg", // MSG_CMSG_CLOEXEC
            "org/hostmem/vfio/linux/EventFd eventfd", // EFD_CLOEXEC
            "org/hostmem/vfio/linux/HugePages memfd_create", // MFD_CLOEXEC
            "org/hostmem/vfio/linux/Linux memfd_create", // MFD_CLOEXEC
            "org/hostmem/vfio/linux/Linux$Variadic fcntl", // F_DUPFD_CLOEXEC
            "org/hostmem/vfio/linux/Linux$Variadic open", // O_CLOEXEC
            "org/hostmem/vfio/socket/UnixSockets accept4", // SOCK_CLOEXEC, as the next two
            "org/hostmem/vfio/socket/UnixSockets socket",
            "org/hostmem/vfio/socket/UnixSockets socketpair");

    @Test
    void descriptorsComeFromCallsThatMakeThemCloseOnExec() throws IOException {
        Set<String> found = new TreeSet<>();
        for (String module : Modules.LIBRARY) {
            Path location = Modules.location(module);
            if (Files.isDirectory(location)) {
                find(location, found);
            } else {
                try (FileSystem jar = FileSystems.newFileSystem(location)) {
                    find(jar.getPath("/"), found);
                }
            }
        }
        assertThat(found).isEqualTo(CLOSE_ON_EXEC);
    }

    private static void find(Path root, Set<String> found) throws IOException {
        try (Stream<Path> files = Files.walk(root)) {
            for (Path file : files.filter(f -> f.toString().endsWith(".class")).toList()) {
                ClassModel model = ClassFile.of().parse(Files.readAllBytes(file));
                for (PoolEntry entry : model.constantPool()) {
                    if (entry instanceof StringEntry text && MAKE_A_DESCRIPTOR.contains(text.stringValue())) {
                        found.add(model.thisClass().asInternalName() + " " + text.stringValue());
                    }
                }
            }
        }
    }
}
