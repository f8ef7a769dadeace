import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.opensearch.Version;
import org.opensearch.common.logging.LogConfigurator;
import org.opensearch.common.settings.Settings;
import org.opensearch.env.Environment;
import org.opensearch.node.InternalSettingsPreparer;
import org.opensearch.node.Node;
import org.opensearch.plugins.Plugin;
import org.opensearch.plugins.PluginInfo;

/** Runs one OpenSearch node with the modules on the class path: OpenSearchLauncher HOME [setting=value ...]. */
public final class OpenSearchLauncher extends Node {
    private static final String PAINLESS = "org.opensearch.painless.PainlessModulePlugin";

    /** Each module's plugin class; those after painless extend its language, so it must come first. */
    private static final List<String> MODULES = List.of(
        PAINLESS,
        "org.opensearch.transport.Netty4ModulePlugin",
        "org.opensearch.analysis.common.CommonAnalysisModulePlugin",
        "org.opensearch.index.mapper.MapperExtrasModulePlugin",
        "org.opensearch.join.ParentJoinModulePlugin",
        "org.opensearch.index.reindex.ReindexModulePlugin",
        "org.opensearch.geo.GeoModulePlugin");

    private OpenSearchLauncher(Environment environment, List<PluginInfo> plugins) {
        super(environment, plugins, true);
    }

    public static void main(String[] arguments) throws Exception {
        Path home = Path.of(arguments[0]).toAbsolutePath();
        Environment environment = environment(home, arguments);
        LogConfigurator.setNodeName(Node.NODE_NAME_SETTING.get(environment.settings()));
        LogConfigurator.configure(environment);
        Node node = new OpenSearchLauncher(environment, plugins());
        CountDownLatch ended = new CountDownLatch(1);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            try {
                node.close();
            } catch (IOException problem) {
                System.err.println("not closed in order: " + problem);
            }
            ended.countDown();
        }));
        node.start();
        ended.await();
    }

    private static Environment environment(Path home, String[] arguments) {
        Map<String, String> overrides = new LinkedHashMap<>();
        for (int i = 1; i < arguments.length; i++) {
            String[] pair = arguments[i].split("=", 2);
            overrides.put(pair[0], pair[1]);
        }
        Settings settings = Settings.builder().put("path.home", home.toString()).build();
        return InternalSettingsPreparer.prepareEnvironment(settings, overrides, home.resolve("config"), () -> "node");
    }

    private static List<PluginInfo> plugins() throws ClassNotFoundException {
        List<PluginInfo> found = new ArrayList<>();
        for (String name : MODULES) {
            Class<?> type = Class.forName(name);
            if (!Plugin.class.isAssignableFrom(type)) {
                throw new IllegalStateException(name + " is no plugin");
            }
            boolean painless = name.equals(PAINLESS);
            found.add(new PluginInfo(
                painless ? "lang-painless" : name,
                "module on the class path",
                Version.CURRENT.toString(),
                Version.CURRENT,
                "21",
                name,
                null,
                painless ? List.of() : List.of("lang-painless"),
                false));
        }
        return found;
    }
}
