package org.hostmem.integration.layering.offenders.twins.a;

/** One of two public types of the same name. */
public final class Twin {

    private Twin() {}
}
