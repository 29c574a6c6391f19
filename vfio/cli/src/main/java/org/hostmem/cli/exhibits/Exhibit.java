package org.hostmem.cli.exhibits;

import java.util.List;

/**
 * One point of the thread.
 *
 * @param id as the thread numbers it
 * @param title what the point says
 * @param naive what goes wrong the naive way
 * @param truth what is true, and what Hostmem does
 * @param rules ids of the rules of the contract that cover it
 * @param check shows it
 */
public record Exhibit(String id, String title, String naive, String truth, List<String> rules, Check check) {

    /** The evidence report of the lab, in the repository. Each rule has its place in it. */
    public static final String REPORT = "target/evidence/index.html";

    /** Makes a copy. */
    public Exhibit {
        rules = List.copyOf(rules);
    }

    /**
     * {@return where the evidence report shows the machine accesses that its rules are about: the fragments after
     * {@link #REPORT}, for example {@code rule-R1}}
     */
    public List<String> anchors() {
        return rules.stream().map(rule -> "rule-" + rule).toList();
    }

    /** Shows that an exhibit's truth holds here. */
    @FunctionalInterface
    public interface Check {
        /**
         * Runs the exhibit.
         *
         * @param stage what it may use
         * @return what was seen, in one line
         * @throws ExhibitFailedException if the truth does not hold
         */
        String run(Stage stage);
    }
}
