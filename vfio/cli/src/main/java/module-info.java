/** The command line {@code hostmem}, and the exhibits. It exports nothing, and makes no native call. */
module org.hostmem.cli {
    requires org.hostmem.vfio;
    requires com.google.gson;
    requires info.picocli;
    requires static org.jspecify;

    opens org.hostmem.cli to
            info.picocli;
}
