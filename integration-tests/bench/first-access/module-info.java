/** An application of one class, started by row P13. */
module org.hostmem.bench.first {
    requires org.hostmem.vfio;
}
