package interop;

import alluxio.AlluxioURI;
import alluxio.client.file.FileInStream;
import alluxio.client.file.FileOutStream;
import alluxio.client.file.FileSystem;
import alluxio.client.file.ListStatusPartialResult;
import alluxio.client.file.MetadataCachingFileSystem;
import alluxio.client.file.URIStatus;
import alluxio.conf.Configuration;
import alluxio.conf.InstancedConfiguration;
import alluxio.conf.PropertyKey;
import alluxio.exception.status.AlluxioStatusException;
import alluxio.grpc.CheckAccessPOptions;
import alluxio.grpc.CreateDirectoryPOptions;
import alluxio.grpc.CreateFilePOptions;
import alluxio.grpc.DeletePOptions;
import alluxio.grpc.ExistsPOptions;
import alluxio.grpc.FreePOptions;
import alluxio.grpc.GetStatusPOptions;
import alluxio.grpc.ListStatusPOptions;
import alluxio.grpc.ListStatusPartialPOptions;
import alluxio.grpc.MountPOptions;
import alluxio.grpc.OpenFilePOptions;
import alluxio.grpc.RenamePOptions;
import alluxio.grpc.ScheduleAsyncPersistencePOptions;
import alluxio.grpc.SetAclAction;
import alluxio.grpc.SetAclPOptions;
import alluxio.grpc.SetAttributePOptions;
import alluxio.grpc.UnmountPOptions;
import alluxio.metrics.MetricKey;
import alluxio.metrics.MetricsSystem;
import alluxio.security.authorization.AclEntry;
import com.codahale.metrics.Meter;
import com.google.protobuf.Message;
import com.google.protobuf.TextFormat;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.zip.CRC32;

/**
 * Calls a method of the client that Java programs use, and prints what it returns or throws.
 *
 * <p>A command is the name of the method, a path, the options of the call as text of their protocol
 * message, and more words for some methods.
 */
final class Client {
  private static final int WRITERS = 16;

  /** How much of an array lies around what is read into it. */
  private static final int MARGIN = 5;

  /** The times of every path as they were at the last look. */
  private static final Map<String, long[]> SEEN = new HashMap<>();

  private final FileSystem mFiles;
  private final String[] mWords;

  private Client(FileSystem files, String[] words) {
    mFiles = files;
    mWords = words;
  }

  static int run(String[] words) throws IOException {
    try (FileSystem files = FileSystem.Factory.create()) {
      new Client(files, words).call();
      return 0;
    } catch (Exception e) {
      print(describe(e));
      return 1;
    }
  }

  private void call() throws Exception {
    switch (mWords[0]) {
      case "createFile":
        create(false);
        break;
      case "cancelFile":
        create(true);
        break;
      case "createDirectory":
        mFiles.createDirectory(path(), options(CreateDirectoryPOptions.newBuilder()).build());
        break;
      case "openFile":
        open();
        break;
      case "read":
        read();
        break;
      case "getStatus":
        print(mFiles.getStatus(path(), options(GetStatusPOptions.newBuilder()).build()));
        break;
      case "exists":
        print(mFiles.exists(path(), options(ExistsPOptions.newBuilder()).build()));
        break;
      case "checkAccess":
        mFiles.checkAccess(path(), options(CheckAccessPOptions.newBuilder()).build());
        break;
      case "listStatus":
        mFiles.listStatus(path(), options(ListStatusPOptions.newBuilder()).build()).stream()
            .sorted(Comparator.comparing(URIStatus::getPath))
            .forEach(Client::print);
        break;
      case "iterateStatus":
        TreeSet<String> seen = new TreeSet<>();
        mFiles.iterateStatus(
            path(),
            options(ListStatusPOptions.newBuilder()).build(),
            status -> seen.add(status.getPath()));
        seen.forEach(Client::print);
        break;
      case "listStatusPartial":
        ListStatusPartialResult part =
            mFiles.listStatusPartial(
                path(), options(ListStatusPartialPOptions.newBuilder()).build());
        part.getListings().forEach(status -> print(status.getPath()));
        print(part.isTruncated() + " " + part.getFileCount());
        break;
      case "loadMetadata":
        mFiles.loadMetadata(path(), options(ListStatusPOptions.newBuilder()).build());
        break;
      default:
        change();
    }
  }

  private void change() throws Exception {
    switch (mWords[0]) {
      case "delete":
        mFiles.delete(path(), options(DeletePOptions.newBuilder()).build());
        break;
      case "rename":
        mFiles.rename(
            path(), new AlluxioURI(mWords[3]), options(RenamePOptions.newBuilder()).build());
        break;
      case "setAttribute":
        mFiles.setAttribute(path(), options(SetAttributePOptions.newBuilder()).build());
        break;
      case "setAcl":
        List<AclEntry> entries = new ArrayList<>();
        for (String entry : Arrays.copyOfRange(mWords, 4, mWords.length)) {
          entries.add(AclEntry.fromCliString(entry));
        }
        mFiles.setAcl(
            path(),
            SetAclAction.valueOf(mWords[3]),
            entries,
            options(SetAclPOptions.newBuilder()).build());
        break;
      case "mount":
        mFiles.mount(
            path(), new AlluxioURI(mWords[3]), options(MountPOptions.newBuilder()).build());
        break;
      case "updateMount":
        mFiles.updateMount(path(), options(MountPOptions.newBuilder()).build());
        break;
      case "unmount":
        mFiles.unmount(path(), options(UnmountPOptions.newBuilder()).build());
        break;
      case "getMountTable":
        new TreeMap<>(mFiles.getMountTable(true))
            .forEach((at, info) ->
                print(at + " " + info.getUfsUri() + " " + info.getUfsType() + " "
                    + info.getReadOnly() + " " + info.getShared() + " "
                    + new TreeMap<>(info.getProperties())));
        break;
      case "reverseResolve":
        print(mFiles.reverseResolve(path()));
        break;
      case "free":
        mFiles.free(path(), options(FreePOptions.newBuilder()).build());
        break;
      case "persist":
        mFiles.persist(path(), options(ScheduleAsyncPersistencePOptions.newBuilder()).build());
        break;
      case "needsSync":
        mFiles.needsSync(path());
        break;
      case "getBlockLocations":
        mFiles.getBlockLocations(path())
            .forEach(at -> print(at.getBlockInfo() + " at " + at.getLocations()));
        break;
      default:
        story();
    }
  }

  /** What takes more than one call. */
  private void story() throws Exception {
    switch (mWords[0]) {
      case "deleteWhileWriting":
        deleteWhileWriting();
        break;
      case "openWhileWriting":
        openWhileWriting();
        break;
      case "concurrent":
        concurrent(Integer.parseInt(mWords[3]));
        break;
      case "many":
        many(Integer.parseInt(mWords[3]));
        break;
      case "times":
        for (String path : Arrays.copyOfRange(mWords, 1, mWords.length)) {
          print(path + " " + times(path));
        }
        break;
      case "closeTwice":
        closeTwice();
        break;
      case "remember":
        remember();
        break;
      case "readPages":
        readPages();
        readPages();
        break;
      default:
        throw new IllegalArgumentException("no method " + mWords[0]);
    }
  }

  private AlluxioURI path() {
    return new AlluxioURI(mWords[1]);
  }

  private <B extends Message.Builder> B options(B builder) throws IOException {
    if (mWords.length > 2) {
      TextFormat.merge(mWords[2], builder);
    }
    return builder;
  }

  /** Writes as many bytes as the third word says, in pieces of a size that fits nothing. */
  private void create(boolean cancel) throws Exception {
    CreateFilePOptions options = options(CreateFilePOptions.newBuilder()).build();
    int length = Integer.parseInt(mWords[3]);
    FileOutStream out = mFiles.createFile(path(), options);
    write(out, length);
    if (cancel) {
      out.cancel();
    } else {
      out.close();
    }
    print(out.getBytesWritten());
  }

  private static void write(OutputStream out, int length) throws IOException {
    byte[] piece = new byte[4_093];
    for (int at = 0; at < length; at += piece.length) {
      int size = Math.min(piece.length, length - at);
      for (int i = 0; i < size; i++) {
        piece[i] = byteAt(at + i);
      }
      out.write(piece, 0, size);
    }
  }

  /** What {@link #write} writes at a position. */
  static byte byteAt(long position) {
    return (byte) (position * 31 + (position >> 8));
  }

  /** Reads all, and tells whether it is what {@link #write} has written. */
  private void read() throws Exception {
    OpenFilePOptions options = options(OpenFilePOptions.newBuilder()).build();
    long position = 0;
    CRC32 sum = new CRC32();
    boolean asWritten = true;
    try (FileInStream in = mFiles.openFile(path(), options)) {
      byte[] piece = new byte[10_007];
      int size;
      while ((size = in.read(piece)) >= 0) {
        for (int i = 0; i < size; i++) {
          asWritten &= piece[i] == byteAt(position + i);
        }
        sum.update(piece, 0, size);
        position += size;
      }
    }
    print(position + " bytes, sum " + sum.getValue() + (asWritten ? ", as written" : ", others"));
  }

  /** Words such as {@code seek:5}, {@code read:10}, {@code pread:100,20}, {@code skip:3}. */
  private void open() throws Exception {
    OpenFilePOptions options = options(OpenFilePOptions.newBuilder()).build();
    try (FileInStream in = mFiles.openFile(path(), options)) {
      for (String word : Arrays.copyOfRange(mWords, 3, mWords.length)) {
        try {
          print(word + " " + use(in, word));
        } catch (Exception e) {
          print(word + " " + describe(e));
        }
      }
    }
  }

  private static String use(FileInStream in, String word) throws IOException {
    String[] parts = word.split("[:,]");
    long first = parts.length > 1 ? Long.parseLong(parts[1]) : 0;
    switch (parts[0]) {
      case "seek":
        in.seek(first);
        return at(in);
      case "skip":
        return in.skip(first) + " " + at(in);
      case "one":
        return in.read() + " " + at(in);
      case "read":
        byte[] bytes = new byte[(int) first];
        int read = in.read(bytes);
        return read + " " + sum(bytes, read) + " " + at(in);
      case "pread":
        byte[] elsewhere = new byte[Integer.parseInt(parts[2])];
        int got = in.positionedRead(first, elsewhere, 0, elsewhere.length);
        return got + " " + sum(elsewhere, got) + " " + at(in);
      case "buffer":
        return into(in, ByteBuffer.allocate(Integer.parseInt(parts[2])), first);
      case "direct":
        return into(in, ByteBuffer.allocateDirect(Integer.parseInt(parts[2])), first);
      case "within":
        byte[] wider = new byte[Integer.parseInt(parts[2]) + 2 * MARGIN];
        in.seek(first);
        int inner = in.read(wider, MARGIN, wider.length - 2 * MARGIN);
        return inner + " " + sum(wider, wider.length) + " " + at(in);
      case "unbuffer":
        in.unbuffer();
        return at(in);
      case "close":
        in.close();
        return "";
      default:
        throw new IllegalArgumentException("no use " + word);
    }
  }

  private static String into(FileInStream in, ByteBuffer buffer, long position) throws IOException {
    in.seek(position);
    int length = in.read(buffer);
    buffer.flip();
    byte[] bytes = new byte[buffer.remaining()];
    buffer.get(bytes);
    return length + " " + sum(bytes, bytes.length) + " " + at(in);
  }

  private static String at(FileInStream in) throws IOException {
    return "at " + in.getPos() + ", " + in.remaining() + " remain";
  }

  private static long sum(byte[] bytes, int length) {
    CRC32 sum = new CRC32();
    sum.update(bytes, 0, Math.max(length, 0));
    return sum.getValue();
  }

  private void deleteWhileWriting() throws Exception {
    CreateFilePOptions options = options(CreateFilePOptions.newBuilder()).build();
    try (FileOutStream out = mFiles.createFile(path(), options)) {
      write(out, 10_000);
      mFiles.delete(path());
    }
  }

  private void openWhileWriting() throws Exception {
    CreateFilePOptions options = options(CreateFilePOptions.newBuilder()).build();
    try (FileOutStream out = mFiles.createFile(path(), options)) {
      write(out, 10_000);
      URIStatus status = mFiles.getStatus(path());
      print(status.isCompleted() + " " + status.getLength() + " " + status.getPersistenceState());
      for (Attempt attempt :
          Arrays.<Attempt>asList(
              () -> mFiles.openFile(path()).close(),
              () -> mFiles.persist(path()),
              () -> mFiles.setAttribute(
                  path(), SetAttributePOptions.newBuilder().setPersisted(true).build()))) {
        try {
          attempt.make();
          print("done");
        } catch (Exception e) {
          print(describe(e));
        }
      }
    }
    print(mFiles.getStatus(path()).isCompleted());
  }

  /** How the times of a file stand to those of the last look at it, and to one another. */
  private String times(String path) throws Exception {
    GetStatusPOptions options = GetStatusPOptions.newBuilder().setUpdateTimestamps(false).build();
    URIStatus status = mFiles.getStatus(new AlluxioURI(path), options);
    long[] now = {
      status.getCreationTimeMs(), status.getLastModificationTimeMs(), status.getLastAccessTimeMs()
    };
    long[] before = SEEN.put(path, now);
    if (before == null) {
      before = now;
    }
    return "created " + step(before[0], now[0])
        + ", modified " + step(before[1], now[1])
        + ", read " + step(before[2], now[2])
        + "; modified " + step(now[0], now[1]) + " than created, read " + step(now[0], now[2]);
  }

  private static String step(long before, long now) {
    if (now == 0) {
      return "never";
    }
    return now == before ? "same" : now > before ? "later" : "earlier";
  }

  private void closeTwice() throws Exception {
    CreateFilePOptions options = options(CreateFilePOptions.newBuilder()).build();
    FileOutStream out = mFiles.createFile(path(), options);
    write(out, 10);
    out.close();
    out.close();
    try {
      out.write(1);
    } catch (Exception e) {
      print(describe(e));
    }
    print(mFiles.getStatus(path()).getLength());
  }

  /** What a client remembers that has a cache, while another one changes a file. */
  private void remember() throws Exception {
    CreateFilePOptions options = options(CreateFilePOptions.newBuilder()).build();
    CreateFilePOptions again = options.toBuilder().setOverwrite(true).build();
    InstancedConfiguration conf = Configuration.copyGlobal();
    conf.set(PropertyKey.USER_METADATA_CACHE_ENABLED, false);
    try (FileSystem other = FileSystem.Factory.create(conf)) {
      writeShort(other, options, 10);
      print("found " + mFiles.getStatus(path()).getLength());
      print("found " + mFiles.listStatus(path().getParent()).size());
      writeShort(other, again, 20);
      other.createFile(path().getParent().join("one-more"), options).close();
      print("remembered " + mFiles.getStatus(path()).getLength());
      print("remembered " + mFiles.listStatus(path().getParent()).size());
      ((MetadataCachingFileSystem) mFiles).dropMetadataCache(path());
      print("asked again " + mFiles.getStatus(path()).getLength());
      other.delete(path());
      print("remembered " + mFiles.exists(path()));
      ((MetadataCachingFileSystem) mFiles).dropMetadataCacheAll();
      print("asked again " + mFiles.exists(path()));
      print("asked again " + mFiles.listStatus(path().getParent()).size());
    }
  }

  private void writeShort(FileSystem files, CreateFilePOptions options, int length)
      throws Exception {
    try (FileOutStream out = files.createFile(path(), options)) {
      write(out, length);
    }
  }

  /** Reads all, and tells how much of it came from the client's own pages. */
  private void readPages() throws Exception {
    Meter own = MetricsSystem.meter(MetricKey.CLIENT_CACHE_BYTES_READ_CACHE.getName());
    Meter asked = MetricsSystem.meter(MetricKey.CLIENT_CACHE_BYTES_REQUESTED_EXTERNAL.getName());
    long ownBefore = own.getCount();
    long askedBefore = asked.getCount();
    read();
    print((own.getCount() - ownBefore) + " of pages, "
        + (asked.getCount() - askedBefore) + " asked for");
  }

  /** Many write one file: one of them may. */
  private void concurrent(int writers) throws Exception {
    CreateFilePOptions options = options(CreateFilePOptions.newBuilder()).build();
    List<String> outcomes =
        together(writers, number -> {
          try (FileOutStream out = mFiles.createFile(path(), options)) {
            write(out, 100_000);
            return "written";
          } catch (Exception e) {
            return describe(e);
          }
        });
    outcomes.stream().sorted().forEach(Client::print);
    read();
  }

  /** As many small files as the third word says, each with its number in it. */
  private void many(int files) throws Exception {
    CreateFilePOptions options = options(CreateFilePOptions.newBuilder()).build();
    List<String> outcomes =
        together(files, number -> {
          AlluxioURI file = path().join("file-" + number);
          try (FileOutStream out = mFiles.createFile(file, options)) {
            out.write(("content " + number).getBytes());
          }
          try (FileInStream in = mFiles.openFile(file)) {
            byte[] bytes = new byte[100];
            int length = in.read(bytes);
            String content = new String(bytes, 0, length);
            return content.equals("content " + number) ? "" : file + " has " + content;
          }
        });
    outcomes.stream().filter(outcome -> !outcome.isEmpty()).forEach(Client::print);
    print(mFiles.listStatus(path()).size() + " files");
  }

  private interface Attempt {
    void make() throws Exception;
  }

  interface Part {
    String run(int number) throws Exception;
  }

  static List<String> together(int parts, Part part) throws Exception {
    ExecutorService executor = Executors.newFixedThreadPool(WRITERS);
    try {
      List<Callable<String>> todo = new ArrayList<>();
      for (int i = 0; i < parts; i++) {
        int number = i;
        todo.add(() -> part.run(number));
      }
      List<String> outcomes = new ArrayList<>();
      for (Future<String> done : executor.invokeAll(todo)) {
        outcomes.add(done.get());
      }
      return outcomes;
    } finally {
      executor.shutdownNow();
    }
  }

  /** The class and the sentence, of what was caught and of what lies below; codes where there are. */
  static String describe(Throwable thrown) {
    StringBuilder text = new StringBuilder();
    for (Throwable at = thrown; at != null; at = at.getCause()) {
      text.append(text.length() > 0 ? "\n  from " : "").append(at.getClass().getName());
      if (at instanceof AlluxioStatusException) {
        text.append(" [").append(((AlluxioStatusException) at).getStatus().getCode()).append("]");
      }
      if (at instanceof StatusRuntimeException) {
        text.append(" [").append(((StatusRuntimeException) at).getStatus().getCode()).append("]");
      }
      text.append(": ").append(at.getMessage());
    }
    return text.toString();
  }

  private static void print(Object what) {
    System.out.println(what);
  }
}
