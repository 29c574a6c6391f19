/**
 * The contract R1–R14 as tests that any provider runs.
 *
 * @uses org.hostmem.spi.HostMemoryProvider
 */
@SuppressWarnings("NotJavadoc") // Error Prone does not see that an open module has javadoc
open module org.hostmem.testkit { // open: JUnit calls the tests by reflection
    requires transitive org.hostmem.api;
    requires transitive org.junit.jupiter.api;
    requires jdk.management; // of every JDK: counts the bytes a thread allocates, for R12
    requires static org.jspecify;

    exports org.hostmem.testkit;

    uses org.hostmem.spi.HostMemoryProvider;
}
