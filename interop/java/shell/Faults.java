package interop;

import alluxio.AlluxioURI;
import alluxio.client.file.FileInStream;
import alluxio.client.file.FileOutStream;
import alluxio.client.file.FileSystem;
import alluxio.grpc.Bits;
import alluxio.grpc.CreateFilePOptions;
import alluxio.grpc.OpenFilePOptions;
import alluxio.grpc.PMode;
import alluxio.grpc.SetAclAction;
import alluxio.grpc.SetAttributePOptions;
import alluxio.grpc.WritePType;
import alluxio.security.authorization.AclEntry;
import com.google.protobuf.ByteString;
import com.google.protobuf.TextFormat;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.Arrays;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * What a program does while something happens to the servers.
 *
 * <p>A command is a method, a path, options as text, how many bytes or times, and a file: the gate. Where
 * it is halfway, it writes a file beside the gate, with {@code .reached} at the end of its name; some wait
 * there until the gate is there.
 */
final class Faults {
  private static final int PIECE = 10_007;
  private static final int LOOK_MS = 20;

  private final FileSystem mFiles;
  private final AlluxioURI mPath;
  private final String mOptions;
  private final int mAmount;
  private final Path mGate;

  private Faults(FileSystem files, String[] words) {
    mFiles = files;
    mPath = new AlluxioURI(words[1]);
    mOptions = words[2];
    mAmount = Integer.parseInt(words[3]);
    mGate = Paths.get(words[4]);
  }

  static int run(String[] words) throws IOException {
    try (FileSystem files = FileSystem.Factory.create()) {
      new Faults(files, words).call(words[0]);
      return 0;
    } catch (Exception e) {
      System.out.println(Client.describe(e));
      return 1;
    }
  }

  private void call(String method) throws Exception {
    switch (method) {
      case "read":
        read();
        break;
      case "write":
        write();
        break;
      case "list":
        list();
        break;
      case "rest":
        rest();
        break;
      case "change":
        change();
        break;
      case "make":
        make();
        break;
      case "large":
        large();
        break;
      default:
        throw new IllegalArgumentException("no method " + method);
    }
  }

  /** Reads as many bytes, waits at the gate, and reads the rest through the same stream. */
  private void read() throws Exception {
    OpenFilePOptions.Builder options = OpenFilePOptions.newBuilder();
    TextFormat.merge(mOptions, options);
    byte[] piece = new byte[PIECE];
    long position = 0;
    long wrong = 0;
    boolean waited = false;
    try (FileInStream in = mFiles.openFile(mPath, options.build())) {
      int size;
      while ((size = in.read(piece)) >= 0) {
        for (int i = 0; i < size; i++) {
          wrong += piece[i] == Client.byteAt(position + i) ? 0 : 1;
        }
        position += size;
        if (!waited && position >= mAmount) {
          waited = true;
          waitAtGate();
        }
      }
    }
    System.out.println(position + " bytes, " + wrong + " of them wrong");
  }

  /** Writes as many bytes, and waits at the gate in the middle. */
  private void write() throws Exception {
    CreateFilePOptions.Builder options = CreateFilePOptions.newBuilder();
    TextFormat.merge(mOptions, options);
    byte[] bytes = new byte[mAmount];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = Client.byteAt(i);
    }
    try (FileOutStream out = mFiles.createFile(mPath, options.build())) {
      out.write(bytes, 0, mAmount / 2);
      waitAtGate();
      out.write(bytes, mAmount / 2, mAmount - mAmount / 2);
    }
    System.out.println(mFiles.getStatus(mPath).getLength() + " bytes");
  }

  /** Lists a directory as many times, and tells how often it had how many entries. */
  private void list() throws Exception {
    TreeMap<Integer, Integer> seen = new TreeMap<>();
    for (int i = 0; i < mAmount; i++) {
      tellHalfway(i);
      seen.merge(mFiles.listStatus(mPath).size(), 1, Integer::sum);
    }
    System.out.println(seen);
  }

  /** Does what a program does that rests for a while: the same things before and after the gate. */
  private void rest() throws Exception {
    for (String when : new String[] {"before", "after"}) {
      AlluxioURI file = mPath.join(when);
      try (FileOutStream out = mFiles.createFile(file)) {
        out.write(new byte[mAmount]);
      }
      try (FileInStream in = mFiles.openFile(file)) {
        System.out.println(when + " " + in.read(new byte[mAmount]));
      }
      System.out.println(when + " " + mFiles.listStatus(mPath).size());
      if (when.equals("before")) {
        waitAtGate();
      }
    }
  }

  /** Makes as many directories, and tells every one that cannot be made. */
  private void make() throws Exception {
    for (int i = 0; i < mAmount; i++) {
      tellHalfway(i);
      try {
        mFiles.createDirectory(mPath.join("d" + i));
      } catch (Exception e) {
        System.out.println(i + ": " + Client.describe(e));
      }
    }
    System.out.println(mFiles.listStatus(mPath).size() + " directories");
  }

  /** Changes as many files in many ways at once, and tells every call that is refused. */
  private void change() throws Exception {
    AtomicInteger begun = new AtomicInteger();
    Client.together(mAmount, number -> {
      tellHalfway(begun.getAndIncrement());
      try {
        changeOne(mPath.join("f" + number), mPath.join("g" + number));
      } catch (Exception e) {
        System.out.println(number + ": " + Client.describe(e));
      }
      return "";
    });
    System.out.println(mFiles.listStatus(mPath).size() + " are left");
  }

  private void changeOne(AlluxioURI first, AlluxioURI second) throws Exception {
    CreateFilePOptions once =
        CreateFilePOptions.newBuilder().setWriteType(WritePType.MUST_CACHE).build();
    mFiles.createFile(first, once).close();
    mFiles.setAttribute(
        first,
        SetAttributePOptions.newBuilder()
            .putXattr("name", ByteString.copyFromUtf8("value"))
            .setMode(PMode.newBuilder()
                .setOwnerBits(Bits.ALL).setGroupBits(Bits.READ).setOtherBits(Bits.NONE))
            .build());
    mFiles.setAcl(first, SetAclAction.MODIFY, Arrays.asList(AclEntry.fromCliString("user:bob:r--")));
    mFiles.rename(first, second);
    mFiles.createFile(second, once.toBuilder().setOverwrite(true).build()).close();
    mFiles.createDirectory(first);
    mFiles.delete(second);
  }

  /** Sends an attribute with as many bytes. */
  private void large() throws Exception {
    SetAttributePOptions.Builder options = SetAttributePOptions.newBuilder();
    TextFormat.merge(mOptions, options);
    options.putXattr("large", ByteString.copyFrom(new byte[mAmount]));
    mFiles.setAttribute(mPath, options.build());
    System.out.println("done");
  }

  private void tellHalfway(int number) throws IOException {
    if (number == mAmount / 2) {
      tell();
    }
  }

  private void tell() throws IOException {
    Files.createFile(mGate.resolveSibling(mGate.getFileName() + ".reached"));
  }

  private void waitAtGate() {
    try {
      tell();
      while (!Files.exists(mGate)) {
        Thread.sleep(LOOK_MS);
      }
    } catch (IOException | InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
