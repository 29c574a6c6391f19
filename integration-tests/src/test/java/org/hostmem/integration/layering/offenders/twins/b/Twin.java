package org.hostmem.integration.layering.offenders.twins.b;

/** One of two public types of the same name. */
public final class Twin {

    private Twin() {}
}
