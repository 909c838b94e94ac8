"""Writes and reads Parquet with Spark over Alluxio, and tells what it has seen.

parquet.py FOLDER JAR OPTIONS: the address of a folder, the client for Spark, options of its JVM.
"""

import sys

from pyspark.sql import SparkSession
from pyspark.sql import functions as f

ROWS = 20_000
PARTS = 4


def session(jar, options):
    return (
        SparkSession.builder.master("local[2]")
        .appName("interop")
        .config("spark.ui.enabled", "false")
        .config("spark.driver.host", "localhost")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.driver.memory", "700m")
        .config("spark.driver.extraClassPath", jar)
        .config("spark.driver.extraJavaOptions", options)
        .config("spark.sql.shuffle.partitions", str(PARTS))
        .config("spark.hadoop.fs.alluxio.impl", "alluxio.hadoop.FileSystem")
        .config("spark.hadoop.fs.AbstractFileSystem.alluxio.impl", "alluxio.hadoop.AlluxioFileSystem")
        .getOrCreate()
    )


def rows(spark, count):
    numbers = spark.range(0, count, 1, PARTS)
    return numbers.select(
        "id",
        (f.col("id") % 3).alias("rest"),
        f.concat(f.lit("name "), f.col("id")).alias("name"),
    )


def tell(what, frame):
    found = frame.agg(f.count("*"), f.sum("id"), f.min("name"), f.max("name")).first()
    print(what, *found)


def names(spark, folder):
    """What is in a folder but for data, whose names are drawn."""
    path = spark._jvm.org.apache.hadoop.fs.Path(folder)
    files = path.getFileSystem(spark._jsc.hadoopConfiguration())
    found = sorted(status.getPath().getName() for status in files.listStatus(path))
    data = [name for name in found if name.startswith("part-")]
    return [name for name in found if name not in data] + [f"{len(data)} of data"]


def play(spark, folder, version):
    """All that is done with one of the two committers."""
    algorithm = "mapreduce.fileoutputcommitter.algorithm.version"
    table = rows(spark, ROWS)
    plain, parted = f"{folder}/plain{version}", f"{folder}/parted{version}"

    def write(frame, mode):
        return frame.write.mode(mode).option(algorithm, version)

    write(table, "error").parquet(plain)
    tell("written", spark.read.parquet(plain))
    print("files", *names(spark, plain))
    write(table, "append").parquet(plain)
    tell("appended", spark.read.parquet(plain))
    write(rows(spark, 100), "overwrite").parquet(plain)
    tell("overwritten", spark.read.parquet(plain))
    try:
        write(table, "error").parquet(plain)
        print("written twice")
    except Exception as error:
        print("refused", type(error).__name__)

    write(table, "error").partitionBy("rest").parquet(parted)
    back = spark.read.parquet(parted)
    print("parts", *names(spark, parted))
    tell("one part", back.where("rest = 1"))
    tell("some rows", back.where("id >= 19000 and rest = 2"))
    tell("joined", back.join(table, ["id", "name"]).select("id", "name"))


def main():
    folder, jar, options = sys.argv[1:]
    spark = session(jar, options)
    spark.sparkContext.setLogLevel("ERROR")
    for version in ("1", "2"):
        print("committer", version)
        play(spark, folder, version)
    spark.stop()


main()
