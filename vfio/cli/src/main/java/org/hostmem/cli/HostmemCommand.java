package org.hostmem.cli;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** The root: names the commands, and what all of them share. */
@Command(
        name = "hostmem",
        scope = ScopeType.INHERIT,
        versionProvider = Version.class,
        description =
                "Shows which accesses a host allows on the regions of VFIO devices, shows what a request becomes, and"
                        + " makes exactly those accesses.",
        sortOptions = false,
        usageHelpWidth = 120,
        optionListHeading = "%nOptions:%n",
        parameterListHeading = "%nParameters:%n",
        commandListHeading = "%nCommands:%n",
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:done, and every check was right",
            "1:a check failed, the device, the host or the file refused, or the output could not be written",
            "2:wrong usage: nothing was done",
            "141:the reader of the output is gone"
        })
final class HostmemCommand implements Runnable {

    /** In the order of the help text. */
    private static final Map<String, Supplier<Object>> COMMANDS = commands();

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            scope = ScopeType.INHERIT,
            description = "Show this text.")
    @SuppressWarnings("UnusedVariable") // picocli acts on it by itself
    private boolean help;

    @Option(
            names = {"-V", "--version"},
            versionHelp = true,
            description = "Show the versions of hostmem and of the JVM.")
    @SuppressWarnings("UnusedVariable") // picocli acts on it by itself
    private boolean version;

    @Spec
    private CommandSpec spec;

    private static Map<String, Supplier<Object>> commands() {
        Map<String, Supplier<Object>> all = new LinkedHashMap<>();
        all.put("report", ReportCommand::new);
        all.put("rules", RulesCommand::new);
        all.put("plan", PlanCommand::new);
        all.put("read", ReadCommand::new);
        all.put("write", WriteCommand::new);
        all.put("dump", DumpCommand::new);
        all.put("copy", CopyCommand::new);
        all.put("config", ConfigCommand::new);
        all.put("await", AwaitCommand::new);
        all.put("hand-over", HandOverCommand::new);
        all.put("listing", ListingCommand::new);
        all.put("demo", DemoCommand::new);
        all.put("exhibits", ExhibitsCommand::new);
        all.put("train", TrainCommand::new);
        return all;
    }

    /**
     * The root with all commands, or with the one that is asked for alone: reading the annotations of all takes a third
     * of the start.
     */
    static CommandLine root(String... args) {
        CommandLine root = new CommandLine(new HostmemCommand());
        String only = args.length > 0 && COMMANDS.containsKey(args[0]) ? args[0] : "";
        COMMANDS.forEach((name, command) -> {
            if (only.isEmpty() || only.equals(name)) {
                root.addSubcommand(name, command.get());
            }
        });
        return root;
    }

    @Override
    public void run() {
        throw new ParameterException(
                spec.commandLine(), "missing command: the commands are " + names(spec.commandLine()));
    }

    static String names(CommandLine root) {
        return root.getSubcommands().entrySet().stream()
                .filter(command ->
                        !command.getValue().getCommandSpec().usageMessage().hidden())
                .map(Map.Entry::getKey)
                .collect(Collectors.joining(", "));
    }
}
