package interop;

import java.io.FileNotFoundException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.EnumSet;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.BlockLocation;
import org.apache.hadoop.fs.CreateFlag;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FileContext;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FsShell;
import org.apache.hadoop.fs.Options.CreateOpts;
import org.apache.hadoop.fs.Options.Rename;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RemoteIterator;
import org.apache.hadoop.fs.permission.FsPermission;
import org.apache.hadoop.util.ToolRunner;

/**
 * Hadoop over Alluxio: {@code hadoop} is its shell, and {@code context} calls the methods of its
 * {@link FileContext}.
 */
public final class HadoopShells {
  private HadoopShells() {}

  public static void main(String[] arguments) throws Exception {
    Server.serve(HadoopShells::run);
  }

  private static int run(String[] words) throws Exception {
    Configuration conf = new Configuration();
    conf.set("fs.alluxio.impl", "alluxio.hadoop.FileSystem");
    conf.set("fs.AbstractFileSystem.alluxio.impl", "alluxio.hadoop.AlluxioFileSystem");
    String[] rest = Arrays.copyOfRange(words, 1, words.length);
    if (words[0].equals("hadoop")) {
      return ToolRunner.run(conf, new FsShell(), rest);
    }
    Path path = new Path(rest[1]);
    FileContext context = FileContext.getFileContext(path.toUri(), conf);
    try {
      call(context, rest[0], path, Arrays.copyOfRange(rest, 2, rest.length));
      return 0;
    } catch (Exception e) {
      // A program sees the class, and people the sentence.
      System.out.println(e.getClass().getName() + ": " + e.getMessage());
      return 1;
    }
  }

  private static void call(FileContext context, String method, Path path, String[] more)
      throws Exception {
    switch (method) {
      case "mkdir":
        context.mkdir(path, FsPermission.createImmutable((short) 0750), more.length > 0);
        break;
      case "create":
        create(context, path, more[0], EnumSet.of(CreateFlag.CREATE));
        break;
      case "overwrite":
        create(context, path, more[0], EnumSet.of(CreateFlag.CREATE, CreateFlag.OVERWRITE));
        break;
      case "append":
        create(context, path, more[0], EnumSet.of(CreateFlag.APPEND));
        break;
      case "open":
        try (FSDataInputStream in = context.open(path)) {
          in.seek(Long.parseLong(more[0]));
          byte[] bytes = new byte[Integer.parseInt(more[1])];
          int length = in.read(bytes, 0, bytes.length);
          System.out.println(length + " " + new String(bytes, StandardCharsets.UTF_8).trim());
        }
        break;
      case "status":
        print(context.getFileStatus(path));
        break;
      case "list":
        RemoteIterator<FileStatus> found = context.listStatus(path);
        while (found.hasNext()) {
          print(found.next());
        }
        break;
      case "rename":
        context.rename(path, new Path(more[0]), Rename.NONE);
        break;
      case "replace":
        context.rename(path, new Path(more[0]), Rename.OVERWRITE);
        break;
      case "delete":
        System.out.println(context.delete(path, more.length > 0));
        break;
      case "exists":
        System.out.println(context.util().exists(path));
        break;
      case "glob":
        for (FileStatus status : context.util().globStatus(path)) {
          print(status);
        }
        break;
      case "copy":
        System.out.println(context.util().copy(path, new Path(more[0])));
        break;
      case "chmod":
        context.setPermission(path, new FsPermission(more[0]));
        break;
      case "chown":
        context.setOwner(path, more[0], more[1]);
        break;
      case "times":
        context.setTimes(path, Long.parseLong(more[0]), Long.parseLong(more[1]));
        break;
      case "replicate":
        System.out.println(context.setReplication(path, Short.parseShort(more[0])));
        break;
      case "blocks":
        for (BlockLocation at : context.getFileBlockLocations(path, 0, Long.MAX_VALUE)) {
          System.out.println(at + " at " + Arrays.toString(at.getNames()));
        }
        break;
      case "defaults":
        System.out.println(context.getDefaultFileSystem().getUri());
        System.out.println(context.getDefaultFileSystem().getServerDefaults(path).getBlockSize());
        System.out.println(context.getFsStatus(path).getCapacity());
        break;
      default:
        throw new FileNotFoundException("no method " + method);
    }
  }

  private static void create(FileContext context, Path path, String text, EnumSet<CreateFlag> how)
      throws Exception {
    try (FSDataOutputStream out = context.create(path, how, CreateOpts.createParent())) {
      out.writeBytes(text);
    }
  }

  private static void print(FileStatus status) {
    System.out.println(
        (status.isDirectory() ? "directory " : "file ")
            + status.getPath()
            + " length=" + status.getLen()
            + " replication=" + status.getReplication()
            + " block=" + status.getBlockSize()
            + " mode=" + status.getPermission()
            + " owner=" + status.getOwner()
            + " group=" + status.getGroup()
            + " modified=" + status.getModificationTime()
            + " read=" + status.getAccessTime());
  }
}
