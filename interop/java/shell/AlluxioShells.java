package interop;

import alluxio.ClientContext;
import alluxio.cli.GetConf;
import alluxio.cli.fs.FileSystemShell;
import alluxio.cli.fsadmin.FileSystemAdminShell;
import alluxio.cli.job.JobShell;
import alluxio.conf.Configuration;
import alluxio.conf.InstancedConfiguration;
import alluxio.conf.PropertyKey;
import alluxio.conf.Source;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The shells of Alluxio: {@code fs}, {@code fsadmin}, {@code job} and {@code getConf}; and {@code
 * client} and {@code faults}, the calls of a program.
 */
public final class AlluxioShells {
  private AlluxioShells() {}

  public static void main(String[] arguments) throws Exception {
    Server.serve(AlluxioShells::run);
  }

  private static int run(String[] words) throws Exception {
    List<String> rest = new ArrayList<>();
    Map<String, String> before = new HashMap<>();
    for (int i = 1; i < words.length; i++) {
      // The script that starts the shells hands these to the JVM, wherever they stand.
      if (words[i].startsWith("-D")) {
        String[] parts = words[i].substring(2).split("=", 2);
        String value = parts.length > 1 ? parts[1] : "";
        before.putIfAbsent(parts[0], System.setProperty(parts[0], value));
      } else {
        rest.add(words[i]);
      }
    }
    try {
      Configuration.reloadProperties();
      return shell(words[0], rest.toArray(new String[0]));
    } finally {
      before.forEach(AlluxioShells::restore);
    }
  }

  private static void restore(String property, String before) {
    if (before == null) {
      System.clearProperty(property);
    } else {
      System.setProperty(property, before);
    }
  }

  private static int shell(String name, String[] words) throws Exception {
    if (name.equals("getConf")) {
      return GetConf.getConf(ClientContext.create(), words);
    }
    if (name.equals("client")) {
      return Client.run(words);
    }
    if (name.equals("faults")) {
      return Faults.run(words);
    }
    InstancedConfiguration conf = Configuration.modifiableGlobal();
    if (name.equals("job")) {
      try (JobShell shell = new JobShell(conf)) {
        return shell.run(words);
      }
    }
    // As the main of each does: a command gives up earlier than a program.
    conf.set(PropertyKey.USER_RPC_RETRY_MAX_DURATION, "5s", Source.DEFAULT);
    if (name.equals("fsadmin")) {
      try (FileSystemAdminShell shell = new FileSystemAdminShell(conf)) {
        return shell.run(words);
      }
    }
    try (FileSystemShell shell = new FileSystemShell(conf)) {
      return shell.run(words);
    }
  }
}
