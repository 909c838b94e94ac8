package interop;

import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/**
 * Runs the commands of a script in one JVM, because the start of a JVM takes a second.
 *
 * <p>A command is a line whose words are parted by the unit separator. Its answer is a line with the
 * exit code and how many bytes follow of standard output and of standard error, and these bytes.
 */
final class Server {
  private static final String SEPARATOR = "\u001f";

  /** A program that does not end the JVM. */
  interface Program {
    int run(String[] words) throws Exception;
  }

  private Server() {}

  static void serve(Program program) throws IOException {
    PrintStream answers = System.out;
    PrintStream complaints = System.err;
    BufferedReader commands =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    // No command may eat the commands that come after it.
    System.setIn(new ByteArrayInputStream(new byte[0]));
    String line;
    while ((line = commands.readLine()) != null) {
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      ByteArrayOutputStream err = new ByteArrayOutputStream();
      int code = run(program, line.split(SEPARATOR, -1), out, err);
      System.setOut(answers);
      System.setErr(complaints);
      answers.print(code + " " + out.size() + " " + err.size() + "\n");
      out.writeTo(answers);
      err.writeTo(answers);
      answers.flush();
    }
  }

  private static int run(
      Program program, String[] words, ByteArrayOutputStream out, ByteArrayOutputStream err) {
    try (PrintStream o = new PrintStream(out, true, StandardCharsets.UTF_8);
        PrintStream e = new PrintStream(err, true, StandardCharsets.UTF_8)) {
      System.setOut(o);
      System.setErr(e);
      try {
        return program.run(words);
      } catch (Throwable thrown) {
        // What the JVM itself would say and do.
        e.print("Exception in thread \"main\" ");
        thrown.printStackTrace(e);
        return 1;
      }
    }
  }
}
