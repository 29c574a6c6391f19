package org.hostmem.bench;

/** What a start of the JVM costs by itself (P13). */
final class Hello {

    private Hello() {}

    public static void main(String[] args) {
        System.out.println("hello");
    }
}
