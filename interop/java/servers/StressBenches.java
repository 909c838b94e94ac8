package interop;

import alluxio.AlluxioURI;
import alluxio.client.file.FileSystem;
import alluxio.grpc.ListStatusPOptions;
import alluxio.grpc.LoadMetadataPType;
import alluxio.stress.cli.Benchmark;
import alluxio.stress.cli.StressMasterBench;
import alluxio.stress.cli.client.StressClientIOBench;
import alluxio.stress.cli.worker.StressWorkerBench;
import java.util.Arrays;

/**
 * Alluxio's own benchmarks, one after the other in one JVM, so that what runs is compiled: {@code
 * master}, {@code io} and {@code worker}, then the flags of the benchmark. The answer is its JSON.
 * And {@code load}: a directory becomes known with all that is below it in the store; {@code known}:
 * a path has to be.
 */
public final class StressBenches {
  private StressBenches() {}

  public static void main(String[] arguments) throws Exception {
    Server.serve(StressBenches::run);
  }

  private static int run(String[] words) throws Exception {
    if (words[0].equals("load")) {
      load(new AlluxioURI(words[1]));
      return 0;
    }
    if (words[0].equals("known")) {
      try (FileSystem files = FileSystem.Factory.create()) {
        files.getStatus(new AlluxioURI(words[1]));
      }
      return 0;
    }
    Benchmark<?> benchmark = benchmark(words[0]);
    try {
      System.out.print(benchmark.run(Arrays.copyOfRange(words, 1, words.length)));
    } finally {
      benchmark.cleanup();
    }
    return 0;
  }

  private static void load(AlluxioURI directory) throws Exception {
    ListStatusPOptions options =
        ListStatusPOptions.newBuilder()
            .setRecursive(true)
            .setLoadMetadataType(LoadMetadataPType.ALWAYS)
            .build();
    try (FileSystem files = FileSystem.Factory.create()) {
      files.loadMetadata(directory, options);
    }
  }

  private static Benchmark<?> benchmark(String name) {
    switch (name) {
      case "master":
        return new StressMasterBench();
      case "io":
        return new StressClientIOBench();
      case "worker":
        return new StressWorkerBench();
      default:
        throw new IllegalArgumentException("no benchmark is called " + name);
    }
  }
}
