using System.IO.Compression;
using System.Text;

namespace XanesMl.Edge.Tests.Serving;

/// <summary>One request that must be refused.</summary>
/// <param name="Method">HTTP method.</param>
/// <param name="Path">Path and query.</param>
/// <param name="Type">Content type; null for none.</param>
/// <param name="Body">Its bytes.</param>
/// <param name="Status">The answer's status.</param>
/// <param name="Says">A part of the answer's detail.</param>
internal sealed record BadRequest(string Method, string Path, string? Type, byte[] Body, int Status, string Says)
{
    public (string Name, string Value)? Header { get; init; }
}

/// <summary>What clients send by mistake or on purpose. The server of these tests takes bodies of 1 MiB and batches of 4.</summary>
internal static class BadRequests
{
    private const string Json = "application/json", Bytes = "application/octet-stream", Form = "multipart/form-data; boundary=b";
    private const string Good = "{\"energies\":[8900,8950,9000],\"mu\":[0,0,1]}";

    private static readonly Dictionary<string, BadRequest> s_all = new(StringComparer.Ordinal)
    {
        ["empty body"] = Post("/predict", "", 400, "the body is empty"),
        ["JSON cut off"] = Post("/predict", Good[..25], 400, "line 1"),
        ["JSON with more behind"] = Post("/predict", Good + "}", 400, "not JSON"),
        ["no JSON at all"] = Post("/predict", "energies=1,2", 400, "not JSON"),
        ["JSON nested a hundred thousand times"] = Post("/predict", new string('[', 100_000), 400, "line 1"),
        ["members nested a thousand times"] = Post("/predict", "{\"options\":" + string.Concat(Enumerable.Repeat("{\"x\":", 1000)), 400, "no member"),
        ["NaN"] = Post("/predict", "{\"energies\":[8900,8950],\"mu\":[NaN,1]}", 400, "'N' is an invalid start of a value"),
        ["Infinity"] = Post("/predict", "{\"energies\":[8900,8950],\"mu\":[1,-Infinity]}", 400, "$.mu[1]"),
        ["null among numbers"] = Post("/predict", "{\"energies\":[8900,null],\"mu\":[0,1]}", 400, "$.energies[1]"),
        ["null for numbers"] = Post("/predict", "{\"energies\":[8900,8950],\"mu\":null}", 400, "$.mu"),
        ["null"] = Post("/predict", "null", 400, "an object is expected"),
        ["an array for an object"] = Post("/predict", "[" + Good + "]", 400, "not of the kind"),
        ["numbers as text"] = Post("/predict", "{\"energies\":[\"8900\",8950],\"mu\":[0,1]}", 400, "$.energies[0]"),
        ["a number for numbers"] = Post("/predict", "{\"energies\":8900,\"mu\":[0,1]}", 400, "$.energies"),
        ["rows for columns"] = Post("/predict", "{\"energies\":[[8900,0],[8950,1]],\"mu\":[0,1]}", 400, "$.energies[0]"),
        ["without mu"] = Post("/predict", "{\"energies\":[8900,8950]}", 400, "a member is missing: 'mu'"),
        ["an unknown member"] = Post("/predict", Good[..^1] + ",\"elment\":\"Cu\"}", 400, "there is no member of the name 'elment'"),
        ["a member twice"] = Post("/predict", Good[..^1] + ",\"mu\":[1,1,1]}", 400, "twice"),
        ["an unknown option"] = Post("/predict", Good[..^1] + ",\"options\":{\"pre3\":1}}", 400, "there is no member of the name 'pre3'"),
        ["an option of another kind"] = Post("/predict", Good[..^1] + ",\"options\":{\"shift\":\"a lot\"}}", 400, "$.options.shift"),
        ["a fraction for a degree"] = Post("/predict", Good[..^1] + ",\"options\":{\"nnorm\":1.5}}", 400, "$.options.nnorm"),
        ["an unknown word"] = Post("/predict", Good[..^1] + ",\"options\":{\"input\":\"cooked\"}}", 400, "('cooked')"),
        ["an unknown unit"] = Post("/predict", Good[..^1] + ",\"options\":{\"unit\":\"furlong\"}}", 400, "('furlong')"),
        ["a shift beyond the world"] = Post("/predict", Good[..^1] + ",\"options\":{\"shift\":1e300}}", 422, "the shift is"),
        ["a degree of 99"] = Post("/predict", Good[..^1] + ",\"options\":{\"nnorm\":99}}", 422, "Give 0 to 5"),
        ["a symbol in lower case"] = Post("/predict", Good[..^1] + ",\"element\":\"cu\"}", 422, "Did you mean Cu?"),
        ["an edge energy that the spectrum has not"] = Post("/predict", Good[..^1] + ",\"options\":{\"e0\":5}}", 422, "option E0: 5 eV lies outside the scan, 8900 to 9000 eV. Give"),
        ["an edge energy that the file has not"] = File("/predict?e0=5", "# energy mu\n8900 0\n8950 0\n9000 1\n", 422, "option E0: 5 eV lies outside the scan"),
        ["more points than a spectrum may have"] = Post("/predict", "{\"energies\":[1" + string.Concat(Enumerable.Repeat(",1", 100_000)) + "],\"mu\":[1]}", 413, "body: a spectrum has at most 100000 points. Rebin"),
        ["a table of other energies"] = File("/predict", "MPID,SITE,ELEMENT,ENE_1,ENE_2,ENE_3\na,0,Cu,0,0.5,1\n", 422, "is for Cu."),
        ["an unknown element"] = Post("/predict", Good[..^1] + ",\"element\":\"Xx\"}", 422, "the element is 'Xx'"),
        ["an unknown model"] = Post("/predict", Good[..^1] + ",\"model\":\"../../etc\"}", 422, "there is no such model"),
        ["lengths that differ"] = Post("/predict", "{\"energies\":[8900,8950,9000],\"mu\":[0,1]}", 422, "3 energies come with 2 values of mu"),
        ["no points"] = Post("/predict", "{\"energies\":[],\"mu\":[]}", 422, "0 energies"),
        ["one point"] = Post("/predict", "{\"energies\":[8900],\"mu\":[1]}", 422, "only 1 usable point"),
        ["energies that go up and down"] = Post("/predict", "{\"energies\":[8900,9000,8910,8990,8920],\"mu\":[0,1,0,1,0]}", 422, "up and down"),
        ["one energy again and again"] = Post("/predict", "{\"energies\":[8900,8900,8900],\"mu\":[0,1,2]}", 422, "usable point"),
        ["negative energies"] = Post("/predict", "{\"energies\":[-8900,-8950,-9000],\"mu\":[0,0,1]}", 422, "-"),
        ["a number too large"] = Post("/predict", "{\"energies\":[8900,8950],\"mu\":[0,1e999]}", 422, "mu[1]"),
        ["invalid UTF-8"] = new("POST", "/predict", Json, [.. "{\"name\":\""u8, 0xff, 0xfe, .. "\"}"u8], 400, "line 1"),
        ["UTF-16"] = new("POST", "/predict", "application/json; charset=utf-16", Encoding.Unicode.GetBytes(Good), 415, "UTF-8"),
        ["more than the limit"] = Post("/predict", "{\"energies\":[" + new string('1', 1 << 20) + "]}", 413, "the limit is 1048576 bytes"),
        ["a gzip body"] = new("POST", "/predict", Json, Gzip(Encoding.UTF8.GetBytes(Good)), 415, "compressed") { Header = ("Content-Encoding", "gzip") },
        ["a gzip bomb as a file"] = new("POST", "/predict?name=bomb.gz", Bytes, Gzip(new byte[64 << 20]), 422, "bomb.gz"),
        ["no content type"] = new("POST", "/predict", null, Encoding.UTF8.GetBytes(Good), 415, "Content-Type"),
        ["another content type"] = new("POST", "/predict", "application/xml", "<mu/>"u8.ToArray(), 415, "application/xml"),
        ["a content type that is none"] = new("POST", "/predict", ";;;", Encoding.UTF8.GetBytes(Good), 415, "Content-Type"),
        ["an unknown parameter"] = Post("/predict?elment=Cu", Good, 400, "('elment')"),
        ["a parameter without effect"] = Post("/predict?element=Cu", Good, 400, "no effect"),
        ["a parameter twice"] = File("/predict?shift=1&shift=2", "# energy mu\n8900 1\n", 400, "given once"),
        ["a parameter that is no number"] = File("/predict?e0=high", "x", 400, "not a number"),
        ["a parameter that is not finite"] = File("/predict?e0=1e999", "x", 400, "not a number"),
        ["a place before the first"] = File("/predict?index=-1", "x", 400, "not a whole number"),
        ["a place behind the last"] = File("/predict?index=9", "# energy mu\n8900 0\n8950 0\n9000 1\n", 422, "counted from 0"),
        ["neither true nor false"] = File("/predict?curves=maybe", "x", 400, "neither"),
        ["a name like a path"] = File("/predict?name=../../../etc/passwd", "x", 422, "passwd: "),
        ["a name with control characters"] = File("/predict?name=a%1b%5b31m%0d%0ab", "x", 422, "a\\x1b[31m\\x0d\\x0ab"),
        ["a form without a boundary"] = new("POST", "/predict", "multipart/form-data", "x"u8.ToArray(), 400, "boundary"),
        ["a form cut off"] = new("POST", "/predict", Form, "--b\r\nContent-Disposition: form-data; name=f; filename=a\r\n\r\n8900"u8.ToArray(), 400, "damaged"),
        ["a form with a field"] = new("POST", "/predict", Form, Part("name=element", "Cu"), 400, "not a file"),
        ["a form without parts"] = new("POST", "/predict", Form, "--b--\r\n"u8.ToArray(), 400, "no file"),
        ["a form with two files"] = new("POST", "/predict", Form, [.. Part("name=f; filename=a", "1 2")[..^7], .. "\r\n"u8, .. Part("name=f; filename=b", "1 2")], 400, "several files"),
        ["a form with a header of 10,000 characters"] = new("POST", "/predict", Form, Part("name=f; filename=" + new string('a', 10_000), "1 2"), 400, "damaged"),
        ["a batch that is no array"] = Post("/predict/batch", Good, 400, "a batch is an array"),
        ["an empty batch"] = Post("/predict/batch", "[]", 400, "at least 1"),
        ["a batch too long"] = Post("/predict/batch", "[1,2,3,4,5]", 413, "at most 4"),
        ["a batch cut off"] = Post("/predict/batch", "[" + Good + ",", 400, "not JSON"),
        ["a batch nested too deeply"] = Post("/predict/batch", "[[[[[[[[[[[[1]]]]]]]]]]]]", 400, "depth"),
        ["a file as a batch"] = File("/predict/batch", "8900 1\n", 415, "form"),
        ["a place within a batch"] = Post("/predict/batch?index=1", "[" + Good + "]", 400, "no effect"),
        ["styles too few"] = Post("/decode", "{\"styles\":[1]}", 422, "3 styles"),
        ["styles too many"] = Post("/decode", "{\"styles\":[1,2,3,4]}", 422, "('4 numbers')"),
        ["a style too large"] = Post("/decode", "{\"styles\":[1e39,0,0]}", 422, "styles[0]"),
        ["a style far too large"] = Post("/decode", "{\"styles\":[1e999,0,0]}", 422, "styles[0]"),
        ["a style that is text"] = Post("/decode", "{\"styles\":[\"a\",0,0]}", 400, "$.styles[0]"),
        ["an unknown descriptor"] = Post("/decode", "{\"descriptors\":{\"XY\":1}}", 422, "It has CT, CN"),
        ["a descriptor too large"] = Post("/decode", "{\"descriptors\":{\"CT\":1e999}}", 422, "too large"),
        ["a descriptor that is null"] = Post("/decode", "{\"descriptors\":{\"CT\":null}}", 400, "$.descriptors.CT"),
        ["a decode of a file"] = File("/decode", "1 2", 415, "JSON"),
        ["a decode of 70,000 bytes"] = Post("/decode", "{\"model\":\"" + new string('a', 70_000) + "\"}", 413, "65536"),
        ["a wrong method"] = new("GET", "/predict", null, [], 405, "It takes POST"),
        ["another wrong method"] = new("DELETE", "/model", null, [], 405, "It takes GET"),
        ["an unknown method"] = new("BREW", "/health", null, [], 405, "BREW"),
        ["an unknown path"] = new("GET", "/admin", null, [], 404, "/admin"),
        ["a path upwards"] = new("GET", "/..%2f..%2fetc%2fpasswd", null, [], 404, "nothing at this path"),
        ["a resource by its name"] = new("GET", "/page/index.html", null, [], 404, "nothing at this path"),
        ["another host"] = new("GET", "/model", null, [], 421, "attacker.example") { Header = ("Host", "attacker.example") },
        ["a page of another server"] = Post("/predict", Good, 403, "attacker.example") with { Header = ("Origin", "http://attacker.example") },
        ["a page without an origin"] = Post("/predict", Good, 403, "another server") with { Header = ("Origin", "null") },
    };

    /// <summary>Names, as the data of a theory.</summary>
    public static IEnumerable<object[]> Names => s_all.Keys.Select(n => new object[] { n });

    public static BadRequest Get(string name) => s_all[name];

    private static BadRequest Post(string path, string body, int status, string says) => new("POST", path, Json, Encoding.UTF8.GetBytes(body), status, says);

    private static BadRequest File(string path, string body, int status, string says) => new("POST", path, Bytes, Encoding.UTF8.GetBytes(body), status, says);

    private static byte[] Part(string disposition, string content) => Encoding.UTF8.GetBytes($"--b\r\nContent-Disposition: form-data; {disposition}\r\n\r\n{content}\r\n--b--\r\n");

    private static byte[] Gzip(byte[] bytes)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Optimal))
            gzip.Write(bytes);
        return packed.ToArray();
    }
}
