package org.hostmem.integration.layering;

import java.io.IOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.constantpool.PoolEntry;
import java.lang.classfile.constantpool.StringEntry;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Finds string constants that name an ISA: ArchUnit does not see those. */
final class IsaNames {

    private static final Pattern NAME = Pattern.compile(
            "(?i).*\\b(x86([_-]64)?|amd64|aarch64|arm64|ppc64(le)?|powerpc(64)?|riscv64)\\b.*", Pattern.DOTALL);

    /** Who may, and why. */
    private static final Map<String, String> ALLOWED = Map.of(
            "org/hostmem/vfio/linux/IoctlNumbers",
                    "the kernel encodes the direction of an ioctl differently on some ISAs:"
                            + " include/uapi/asm-generic/ioctl.h",
            "org/hostmem/vfio/file/SysfsFile",
                    "pgprot_device is a mode of its own on one ISA, and pgprot_noncached on the others:"
                            + " include/linux/pgtable.h",
            "org/hostmem/vfio/device/MemoryTypes",
                    "the list of memory types is in the folder of debugfs that has the ISA's name:"
                            + " arch/x86/mm/pat/memtype.c");

    private IsaNames() {}

    static List<String> in(Path directoryOrJar) throws IOException {
        if (Files.isDirectory(directoryOrJar)) {
            return below(directoryOrJar);
        }
        try (FileSystem jar = FileSystems.newFileSystem(directoryOrJar)) {
            return below(jar.getPath("/"));
        }
    }

    private static List<String> below(Path root) throws IOException {
        List<String> found = new ArrayList<>();
        try (Stream<Path> files = Files.walk(root)) {
            for (Path file : files.filter(f -> f.toString().endsWith(".class")).toList()) {
                ClassModel model = ClassFile.of().parse(Files.readAllBytes(file));
                String name = model.thisClass().asInternalName();
                for (PoolEntry entry : model.constantPool()) {
                    if (entry instanceof StringEntry text
                            && NAME.matcher(text.stringValue()).matches()
                            && !ALLOWED.containsKey(name)) {
                        found.add(name + ": \"" + text.stringValue() + "\"");
                    }
                }
            }
        }
        return found;
    }
}
