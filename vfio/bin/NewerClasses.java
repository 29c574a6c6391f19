import java.io.IOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassFileVersion;
import java.lang.classfile.ClassHierarchyResolver;
import java.lang.classfile.ClassModel;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.CodeTransform;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;

/**
 * {@code java NewerClasses.java JAR NEWER_JAR}: gives the classes of a jar that are older than Java 7 the class file
 * version of Java 8 and the stack maps that go with it, for an AOT cache takes no older ones. The instructions stay
 * what they are.
 */
final class NewerClasses {

    private static final int OLD = ClassFile.JAVA_7_VERSION;
    private static final int NEW = ClassFile.JAVA_8_VERSION;

    private NewerClasses() {}

    public static void main(String[] args) throws IOException {
        Path jar = Path.of(args[0]);
        Path newer = Path.of(args[1]);
        try (ZipFile from = new ZipFile(jar.toFile());
                ZipOutputStream to = new ZipOutputStream(Files.newOutputStream(newer));
                URLClassLoader classes =
                        new URLClassLoader(new URL[] {jar.toUri().toURL()}, null)) {
            ClassHierarchyResolver hierarchy =
                    ClassHierarchyResolver.ofResourceParsing(classes).orElse(ClassHierarchyResolver.defaultResolver());
            ClassFile tool = ClassFile.of(
                    ClassFile.ClassHierarchyResolverOption.of(hierarchy),
                    ClassFile.StackMapsOption.GENERATE_STACK_MAPS);
            for (ZipEntry entry : from.stream().toList()) {
                byte[] bytes = from.getInputStream(entry).readAllBytes();
                to.putNextEntry(new ZipEntry(entry.getName()));
                to.write(entry.getName().endsWith(".class") ? newer(tool, bytes) : bytes);
                to.closeEntry();
            }
        }
    }

    private static byte[] newer(ClassFile tool, byte[] bytes) {
        ClassModel old = tool.parse(bytes);
        if (old.majorVersion() >= OLD) {
            return bytes;
        }
        return tool.transformClass(
                old,
                ClassTransform.transformingMethodBodies(CodeTransform.ACCEPT_ALL)
                        .andThen((builder, element) -> builder.with(
                                element instanceof ClassFileVersion ? ClassFileVersion.of(NEW, 0) : element)));
    }
}
